/** `docs/benchmarks.md`: what was measured, on what, and how. */
import { cpus, totalmem } from "node:os";
import { boundsTable } from "./bounds.mjs";
import { SECTIONS } from "./sections.mjs";
import { SUBJECTS, versionOf } from "./subjects.mjs";
import { markdownTable } from "./tables.mjs";

export function report(results) {
  const sections = SECTIONS.filter(({ name }) => results.of(name).length > 0);
  const parts = sections.map(({ name, about, table }) => {
    const cells = results.of(name);
    return `## ${name}\n\n${about}\n\n${table(cells)}\n\n${circumstances(cells)}`;
  });
  return [head(), boundsPart(results), ...parts, HOW, versions()].join("\n\n").concat("\n");
}

function head() {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `# Benchmarks

Written by \`npm run bench:full\`. ${machine}. Under each table stand the day, the build of Everspan, the version of Node
and the machine's load: what else ran on the machine is in every figure of a table alike.

Each measurement is a fresh process with a fresh back end, which answers after 150 ms. Where there were several rounds,
subjects took turns, and medians are shown, the least and the most in parentheses where they are more than a tenth
apart. *start+end*: what the caller waits for, a span. *CPU a span*: the whole process's until everything was delivered,
the workload's own share ("no tracer") included. *loop delay*: of the event loop, until the end. *late*: how long after it
was due a request began. *lost*: spans that never came, counted by the back end; *its account*: whether the tracer's own
count of them is right, where it has one; *cut*: came, but without the whole input; *twice*: came more than once.
*CPU : limit* and *time : limit*: beside the cheaper of the two probes that stringify and send.`;
}

function boundsPart(results) {
  return `## What is missed

${boundsTable(results, true)}

The same figure of the machine's own rows stands beside: of "no tracer", and of the cheaper of the probes that stringify
and send ("limit").

## What is asked for

Of Everspan with its defaults, where nothing else is said.

${boundsTable(results)}`;
}

/** When, with what and beside what a section was measured. */
function circumstances(cells) {
  const of = (key) => [...new Set(cells.map((cell) => cell[key]))].join(", ");
  const days = [...new Set(cells.map(({ at }) => at.slice(0, 10)))].join(", ");
  const loads = cells.map(({ load }) => load);
  const load = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const rounds = Math.max(...cells.map(({ round = 1 }) => round));
  const times = rounds === 1 ? "one round" : `${rounds} rounds`;
  return `*${days}, Everspan at ${of("build")}, Node ${of("node")}, load average ${load}, ${times}.*`;
}

const HOW = `## How each is configured

As its documentation sets it up for a server, pointed at the loopback back end; the head comment of each file in
\`bench/peers\`, \`bench/peers-node24\` and \`bench/subjects\` says what was chosen. Everything in one table runs on the same
Node. Without "tuned" in its name a tracer has its defaults. "Tuned" is a queue that holds the workload, batches of
1,000 spans (Everspan: at most 16 MiB, 8 requests in flight; OpenTelemetry: every 250 ms, and a flush before the
shutdown). "Everspan, spool" has the defaults and a spool directory, "Everspan, gzip" the defaults and compressed requests. Payloads go in as objects where the tracer takes
objects, as JSON text in attributes where it takes only text. The probes ("limit") keep a reference to each span and
send batches of 1,000, 3 in flight, with no copy, bound, retry or account. "Reference design" is what most tracers do: a
deep copy when a span starts and when it ends, an unbounded queue, batches of 200, no retry. "Naive" awaits a request
when a span starts and one when it ends.

Three rounds, but one for who takes longer than 15 s, and for Langfuse, LangSmith, Braintrust, Sentry, the reference
design and "naive", whose figures are far from the others' or who lose most of a workload. Who is not done in the time that its row names is cut off, and what has
arrived by then counts. Versions are the newest that install and run on Node 20, which is Everspan's oldest.
OpenTelemetry 3 and dd-trace 6 need Node 22: they have tables of their own, with the Node 24 that \`bench/peers-node24\`
installs beside them. Sentry 11 can't be installed: it asks for a version of \`sentry\` that the registry doesn't have.`;

function versions() {
  const known = SUBJECTS.filter(({ kind, name }) => kind === "peer" && !name.endsWith("tuned"));
  const lines = known.map((subject) => [subject.name, subject.package, versionOf(subject) ?? "not installed"]);
  return `## Versions\n\n${markdownTable(["", "package", "version"], lines)}`;
}
