/**
 * The process that is measured: one tracer, one workload. Arguments: a JSON object. Sends what it measured to its
 * parent, in two parts: when the last span has ended, and when the tracer says that all is delivered.
 */
import { once } from "node:events";
import { ProcessGauges, peakResidentMiB } from "./gauges.mjs";
import { Recorder } from "./recorder.mjs";
import { workloadNamed } from "./workloads.mjs";

const { subject: subjectUrl, options, url, workload: workloadName, scale, closeAtMs } = JSON.parse(process.argv[2]);

const before = performance.now();
const { open } = await import(subjectUrl);
const importMs = performance.now() - before;
const subject = await open({ url, ...options });
const workload = workloadNamed(workloadName, scale);
const recorder = new Recorder(subject, workload.spans);

const gauges = new ProcessGauges();
const startedAtMs = Date.now();
process.send({ started: true });
await workload.run(recorder);
const recordedMs = Date.now() - startedAtMs;
const duringLoopDelayMs = gauges.loopDelay();

if (closeAtMs !== undefined) await new Promise((resolve) => setTimeout(resolve, closeAtMs - recordedMs));
const closed = subject.close();
await Promise.race([closed, once(process, "message")]);
const closedMs = Date.now() - startedAtMs;
process.send({ closed: true, expected: recorder.ended });
// The back end may still be taking what a tracer's flush did not wait for.
await once(process, "message");
process.send({
  ...recorder.summary(),
  importMs,
  startedAtMs,
  recordedMs,
  closedMs,
  cpuMicrosPerSpan: gauges.cpuMicros() / recorder.ended,
  loopDelayMs: gauges.loopDelay(),
  duringLoopDelayMs,
  peakResidentMiB: peakResidentMiB(),
  account: subject.account?.(),
});
process.disconnect();
process.exit();
