/**
 * The process that is measured: one tracer, one workload. Arguments: a JSON object. Tells its parent when it begins,
 * when the tracer says that all is delivered, and, asked to `report`, what it measured. Told to `stop`, it ends where
 * it is: whatever it has recorded by then counts.
 */
import { ProcessGauges, peakResidentMiB } from "./gauges.mjs";
import { Recorder } from "./recorder.mjs";
import { workloadNamed } from "./workloads.mjs";

const { subject: subjectUrl, options, url, workload: workloadName, scale, closeAtMs } = JSON.parse(process.argv[2]);

const stopped = new Promise((resolve) => process.on("message", ({ stop }) => stop && resolve("stopped")));
const asked = new Promise((resolve) => process.on("message", ({ report }) => report && resolve()));

const before = performance.now();
const { open } = await import(subjectUrl);
const importMs = performance.now() - before;
const subject = await open({ url, ...options });
const workload = workloadNamed(workloadName, scale);
const recorder = new Recorder(subject, workload.spans);

const gauges = new ProcessGauges();
const startedAtMs = Date.now();
process.send({ started: true });
const recordEnd = await Promise.race([workload.run(recorder), stopped]);
const recordedMs = Date.now() - startedAtMs;
const duringLoopDelayMs = gauges.loopDelay();

if (closeAtMs !== undefined) await new Promise((resolve) => setTimeout(resolve, closeAtMs - recordedMs));
const end = recordEnd === "stopped" ? recordEnd : await Promise.race([subject.close(), stopped]);
const closedMs = Date.now() - startedAtMs;
process.send({ closed: true, expected: recorder.ended, isFinished: end !== "stopped" });
// The back end may still be taking what a tracer's flush did not wait for.
await asked;
process.send({
  ...recorder.summary(),
  importMs,
  startedAtMs,
  recordedMs,
  closedMs,
  cpuMicrosPerSpan: gauges.cpuMicros() / Math.max(1, recorder.ended),
  loopDelayMs: gauges.loopDelay(),
  duringLoopDelayMs,
  peakResidentMiB: peakResidentMiB(),
  account: subject.account?.(),
  node: process.version,
});
process.disconnect();
process.exit();
