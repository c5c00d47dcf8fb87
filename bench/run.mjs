/**
 * Everspan beside other tracers and beside the limit.
 *
 *   npm run bench                            quick, under 3 minutes: OpenTelemetry JS and the probes, small and burst
 *   npm run bench:full                       all tracers, all workloads; writes docs/benchmarks.md
 *   node bench/run.mjs --workloads burst --subjects "Everspan,OpenTelemetry JS" --rounds 5
 *
 * Tracers other than Everspan are installed apart: `npm ci` in bench/peers. Each measurement is a process of its own;
 * results go to a file of JSON lines in the system's temporary folder as well.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureCrashes, measureOutages } from "./harness/faults.mjs";
import { pinSdk } from "./harness/pinned-sdk.mjs";
import { crashTable, footprintTable, outageTable, report } from "./harness/report.mjs";
import { measureWorkload } from "./harness/rounds.mjs";
import { SUBJECTS, subjectNamed } from "./harness/subjects.mjs";
import { workloadTable } from "./harness/tables.mjs";
import { WORKLOADS, workloadNamed } from "./harness/workloads.mjs";

const LIMIT = "limit: stringify + node:http";
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const QUICK_SUBJECTS = [
  "no tracer",
  LIMIT,
  "limit: fragments + node:http",
  "Everspan",
  "Everspan, tuned",
  "OpenTelemetry JS",
  "OpenTelemetry JS, tuned",
];
const FAULTS = ["outage", "crash"];

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    workloads: { type: "string" },
    subjects: { type: "string" },
    rounds: { type: "string" },
  },
});
const workloads = values.workloads?.split(",") ?? (values.full ? Object.keys(WORKLOADS) : ["small", "burst"]);
const chosen = values.subjects?.split(/,(?! )/) ?? (values.full ? SUBJECTS.map(({ name }) => name) : QUICK_SUBJECTS);
const subjects = chosen.map(subjectNamed);
const rounds = Number(values.rounds ?? (values.full ? 3 : 1));
const folder = mkdtempSync(join(tmpdir(), "everspan-bench-"));
const log = join(folder, "results.jsonl");
const say = (line) => process.stderr.write(`${line}\n`);

const build = pinSdk(folder);
say(`Everspan: ${build}`);
const loadBefore = loadavg()[0];
const sections = [];
for (const workload of workloads) await measure(workload);
if (values.full) section("Installed size and import", footprintTable());
say(`results: ${log}`);
if (values.full) {
  const file = join(ROOT, "docs/benchmarks.md");
  writeFileSync(file, report({ sections, rounds, build, loads: [loadBefore, loadavg()[0]] }));
  say(`written: ${file}`);
} else if (values.workloads === undefined) {
  spawnSync(process.execPath, ["--import", "tsx", join(ROOT, "bench/hot-path.ts")], { cwd: ROOT, stdio: "inherit" });
}

async function measure(workload) {
  if (workload === "outage") return section("outage", outageTable(await measureOutages(faultSubjects(), say)));
  if (workload === "crash") return section("crash", crashTable(await measureCrashes(faultSubjects(), say)));
  if (workloadNamed(workload) === undefined) {
    return section(workload, "Skipped: its data (../shared/data) is not on this machine.");
  }
  const taking = subjects.filter(({ faultsOnly }) => faultsOnly !== true);
  section(workload, workloadTable(await measureWorkload(workload, taking, { rounds, log, say }), LIMIT));
}

/** Probes have no answer to a fault, and a protocol or a batch size changes little in one. */
function faultSubjects() {
  return subjects.filter(({ kind, name, only }) => kind !== "limit" && only === undefined && !name.includes("tuned"));
}

function section(title, text) {
  sections.push({ title, text, isFault: FAULTS.includes(title) });
  console.log(`\n## ${title}\n\n${text}`);
}
