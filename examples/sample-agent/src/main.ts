/** `npx tsx examples/sample-agent/src/main.ts [FOLDER]` runs the agent against a collector that is already running. */
import { recordSampleRun } from "./index.ts";

const collectorUrl = process.env.EVERSPAN_COLLECTOR_URL ?? "http://127.0.0.1:4318";
const token = process.env.EVERSPAN_TOKEN;
const workspace = process.argv[2] ?? process.cwd();

const run = await recordSampleRun({ collectorUrl, workspace, ...(token === undefined ? {} : { token }) });
console.log(run.answer);
console.log(`${run.spans} spans, trace ${run.traceId}`);
