/**
 * A process that records steadily and ends as it is told: killed from outside, by `process.exit`, or by itself. With
 * `drain` it is the start after that: it delivers what is left and says its account.
 */
import { openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Recorder } from "./recorder.mjs";
import { workloadNamed } from "./workloads.mjs";

const { subject: subjectUrl, options, url, ending, folder } = JSON.parse(process.argv[2]);
const EXIT_AFTER_SPANS = 1_187;

const subject = await opened();
if (ending === "drain") await drain();
else await record();

async function opened() {
  const { open } = await import(subjectUrl);
  try {
    return await open({ url, ...options });
  } catch (error) {
    process.send({ refused: error.message });
    process.disconnect();
    process.exit();
  }
}

async function drain() {
  await subject.flush();
  await subject.close();
  process.send({ account: subject.account() }, () => process.exit());
}

async function record() {
  const ended = openSync(join(folder, "ended"), "w");
  const word = Buffer.alloc(4);
  const workload = workloadNamed("crash");
  const recorder = new Recorder(subject, workload.spans, (count) => {
    word.writeUInt32LE(count);
    writeSync(ended, word, 0, 4, 0);
    if (ending === "process.exit" && count === EXIT_AFTER_SPANS) process.exit();
  });
  process.send({ started: true });
  await workload.run(recorder);
  // From here the process may end by itself: what the tracer still holds is the tracer's business.
  process.disconnect();
}
