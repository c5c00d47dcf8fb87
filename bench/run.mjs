/**
 * Everspan beside other tracers and beside the limit.
 *
 *   npm run bench                                  quick, under 3 minutes: OpenTelemetry JS and the probes, small and burst
 *   npm run bench:full                             everyone, everything: about half an hour; writes docs/benchmarks.md
 *   node bench/run.mjs --full --resume             goes on where a run was cut off
 *   node bench/run.mjs --write --sections outage   measures one section anew, and writes docs/benchmarks.md with all others
 *   node bench/run.mjs --write --sections ""       writes docs/benchmarks.md from what was measured before
 *   node bench/run.mjs --sections burst --subjects "Everspan,OpenTelemetry JS" --rounds 5
 *
 * Tracers other than Everspan are installed apart: `npm ci` in bench/peers, and in bench/peers-node24 those that need a
 * newer Node, with that Node. Each measurement is a process of its own.
 * With `--write` results are kept in bench/results.jsonl, and the document is written after each section.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { boundsTable } from "./harness/bounds.mjs";
import { pinSdk } from "./harness/pinned-sdk.mjs";
import { report } from "./harness/report.mjs";
import { Results } from "./harness/results.mjs";
import { SECTIONS, sectionNamed, takingPart } from "./harness/sections.mjs";
import { SUBJECTS, subjectNamed } from "./harness/subjects.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DOCUMENT = join(ROOT, "docs/benchmarks.md");
const QUICK_SECTIONS = ["small", "burst"];
const QUICK_SUBJECTS = [
  "no tracer",
  "limit: stringify + node:http",
  "limit: fragments + node:http",
  "Everspan",
  "Everspan, tuned",
  "OpenTelemetry JS",
  "OpenTelemetry JS, tuned",
];

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    resume: { type: "boolean", default: false },
    sections: { type: "string" },
    subjects: { type: "string" },
    rounds: { type: "string" },
  },
});
const isQuick = !values.full && !values.write && values.sections === undefined;
const isWritten = values.full || values.write;
const sections = namesIn(values.sections) ?? (isQuick ? QUICK_SECTIONS : SECTIONS.map(({ name }) => name));
const subjects = namesIn(values.subjects) ?? (isQuick ? QUICK_SUBJECTS : SUBJECTS.map(({ name }) => name));
const rounds = values.rounds === undefined ? (isQuick ? 1 : undefined) : Number(values.rounds);
const say = (line) => process.stderr.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), "everspan-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const build = pinSdk(folder);
say(`Everspan: ${build}`);
const results = new Results(isWritten ? join(ROOT, "bench/results.jsonl") : join(folder, "results.jsonl"), build);
for (const section of sections.map(sectionNamed)) await measure(section, subjects.map(subjectNamed));
if (isWritten) write();
console.log(`\n## What is missed\n\n${boundsTable(results, true)}`);
if (isQuick) spawnSync(process.execPath, ["--import", "tsx", "bench/hot-path.ts"], { cwd: ROOT, stdio: "inherit" });

async function measure(section, chosen) {
  const taking = takingPart(chosen, section);
  const anew = section.isOneProgram ? undefined : taking.map(({ name }) => name);
  if (!values.resume) results.forget(section.name, anew);
  await section.measure(taking, { results, rounds, say });
  const cells = results.of(section.name);
  if (cells.length > 0) console.log(`\n## ${section.name}\n\n${section.table(cells)}`);
  if (isWritten) write();
}

function write() {
  writeFileSync(DOCUMENT, report(results));
  say(`written: ${DOCUMENT}`);
}

/** Commas part names; a comma within a name has a space behind it. */
function namesIn(text) {
  return text?.split(/,(?! )/).filter(Boolean);
}
