/** `docs/benchmarks.md`: what was measured, on what, and how. */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SUBJECTS, versionOf } from "./subjects.mjs";
import { markdownTable } from "./tables.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PEER_MODULES = join(ROOT, "bench/peers/node_modules");
const IMPORT_ROUNDS = 5;

/** What each workload is, under its table's heading. */
const ABOUT = {
  small:
    "20,000 spans as fast as the event loop allows, about 200 bytes of payload each, 4 spans a request; a request lets the event loop turn once.",
  burst: "10,000 spans at 5,000 a second, each with the same system prompt of 50 KB, 4 spans a request.",
  "burst-distinct": "The same, with a prompt of its own for each request's spans: no two spans have the same.",
  recorded:
    "Seven recorded agent runs, 40 copies of each, 16 at a time; each model call is a span with the whole conversation before it; 1,000 calls a second. Each copy's messages are strings of its own.",
  outage:
    "2,000 spans in 5 s; for the first 20 s the back end answers 503, never answers, or resets connections; the tracer is told to end at 45 s.",
  crash:
    "500 spans a second; the process is killed, terminated, calls `process.exit`, or returns from its main module without a flush.",
};

export function report({ sections, rounds, build, loads }) {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  const parts = sections.map(({ title, text }) => `## ${title}\n\n${ABOUT[title] ? `${ABOUT[title]}\n\n` : ""}${text}`);
  return `${head({ machine, date, rounds, build, loads })}\n\n${parts.join("\n\n")}\n\n${HOW}\n\n${versions()}\n`;
}

function head({ machine, date, rounds, build, loads }) {
  return `# Benchmarks

Written by \`npm run bench:full\` on ${date}. ${machine}. Everspan: ${build}. Load average ${loads.map((load) => load.toFixed(1)).join(" before, ")} after:
what else ran on the machine is in every figure, and is the same for all in one table.

Medians of ${rounds} interleaved rounds, the least and the most in parentheses where they are more than a tenth apart.
Each measurement is a fresh process with a fresh back end, which answers after 150 ms. *lost* counts by the back end
which spans never came, *lost, it says* by the tracer's own account (– where it has none); *cut*: came, but without the
whole input; *twice*: came more than once. *CPU a span* is the whole process's until everything was delivered, the
workload's own share ("no tracer") included.`;
}

const HOW = `## How each is configured

As its documentation sets it up for a server, pointed at the loopback back end; the head comment of each file in
\`bench/peers\` and \`bench/subjects\` says what was chosen. Payloads go in as objects where the tracer takes objects, as
JSON text in attributes where it takes only text. "Tuned" is a queue that holds the workload, batches of 1,000 spans
(Everspan: at most 16 MiB, 8 in flight). The probes keep a reference to each span and send batches of 1,000, 3 in
flight, with no copy, bound, retry or account. Who takes longer than 20 s is measured once. Sentry 10 and dd-trace 5 are the newest that install and run on this Node.`;

function versions() {
  const lines = SUBJECTS.filter((subject) => versionOf(subject) !== undefined).map((subject) => [
    subject.name,
    `${subject.package} ${versionOf(subject)}`,
  ]);
  return `## Versions\n\n${markdownTable(["", "package"], lines)}`;
}

export function outageTable(rows) {
  const lines = rows.map((row) => {
    if (row.failed !== undefined) return [row.name, row.outage, row.failed, "", "", ""];
    const recovered = row.lost > 0 || row.recoveredMs === undefined ? "–" : (row.recoveredMs / 1000).toFixed(1);
    return [row.name, row.outage, `${row.lost} of ${row.spans}`, row.ownAccount ?? "–", row.repeated, recovered];
  });
  return markdownTable(["", "outage", "lost", "lost, it says", "twice", "all there after recovery, s"], lines);
}

export function crashTable(rows) {
  const lines = rows.map((row) => {
    if (row.failed !== undefined) return [row.name, row.ending, "–", row.failed, ""];
    return [row.name, row.ending, row.ended, row.lost, row.afterRestart ?? "–"];
  });
  return markdownTable(["", "ending", "spans ended", "lost", "lost after the next start"], lines);
}

/** What an application gets with each: on disk with all it depends on, and to load. */
export function footprintTable() {
  const ours = [row("Everspan", ["everspan"], [join(ROOT, "packages/sdk/dist")], 1, ROOT)];
  const peers = SUBJECTS.filter(({ kind, options }) => kind === "peer" && options === undefined);
  const theirs = peers.filter((subject) => versionOf(subject) !== undefined).map(peerRow);
  return markdownTable(["", "packages", "installed MiB", "import, ms"], [...ours, ...theirs]);
}

function peerRow(subject) {
  const names = subject.packages ?? [subject.package];
  const closure = dependencyClosure(names);
  return row(subject.name, names, [...closure], closure.size, join(ROOT, "bench/peers"));
}

function row(name, names, folders, packages, cwd) {
  const bytes = folders.reduce((sum, folder) => sum + folderBytes(folder), 0);
  return [name, packages, (bytes / 2 ** 20).toFixed(1), importMs(names, cwd).toFixed(0)];
}

/** The least of several fresh processes: what loading costs when nothing else disturbs it. */
function importMs(names, cwd) {
  const program = `const b = performance.now(); ${names.map((name) => `await import("${name}");`).join(" ")} console.log(performance.now() - b); process.exit()`;
  const times = Array.from({ length: IMPORT_ROUNDS }, () =>
    Number(spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd, encoding: "utf8" }).stdout),
  );
  return Math.min(...times);
}

/** Folders of the packages and of everything they depend on, as Node would find them. */
function dependencyClosure(names) {
  const seen = new Set();
  const visit = (name, from) => {
    const folder = resolvePackage(name, from);
    if (folder === undefined || seen.has(folder)) return;
    seen.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = manifestIn(folder);
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) visit(dependency, folder);
  };
  for (const name of names) visit(name, join(ROOT, "bench/peers"));
  return seen;
}

function resolvePackage(name, from) {
  for (let folder = from; folder.startsWith(join(ROOT, "bench/peers")); folder = join(folder, "..")) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
  }
  return existsSync(join(PEER_MODULES, name)) ? join(PEER_MODULES, name) : undefined;
}

function manifestIn(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Without what is nested: that is counted as packages of its own. */
function folderBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    bytes += entry.isDirectory() ? folderBytes(path) : lstatSync(path).size;
  }
  return bytes;
}
