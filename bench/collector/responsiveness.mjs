/**
 * Whether the collector still answers while it takes all it can: how late the event loop of the process that serves is,
 * and how long a list takes, during full ingest; beside that what a span costs. In one process and with readers, by
 * turns in one sitting. Sender and reader are processes of their own. Linux only.
 *
 * Lateness: the loop is looked at each 10 ms, and its metric says how far apart the looks were; here 10 ms are taken off,
 * so that a loop with nothing to do is about 0 late. Lists that were asked for before the first batch was sent, or after
 * the last was answered, don't count: those warm the programs up.
 *
 *   npm run build && node bench/collector/responsiveness.mjs [--readers 0,1,2] [--batches 1000] [--rounds 2] [--dialect sgp]
 *
 * The last line names what is over its target: lists 50 ms, the loop 10 ms late (the 99th of a hundred).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startCollector } from "./collector-process.mjs";

const { values } = parseArgs({
  options: {
    cli: { type: "string", default: fileURLToPath(new URL("../../packages/collector/dist/cli.js", import.meta.url)) },
    readers: { type: "string", default: "0,1,2" },
    batches: { type: "string", default: "1000" },
    rounds: { type: "string", default: "2" },
    dialect: { type: "string", default: "sgp" },
  },
});
const WARM_UP_BATCHES = 20;
const IN_FLIGHT = 4;
const LOOP_RESOLUTION_MS = 10;
const MOST_LIST_MS = 50;
const MOST_LATE_MS = 10;

const results = {};
for (let round = 0; round < Number(values.rounds); round++) {
  for (const readers of values.readers.split(",")) {
    results[readers] = [...(results[readers] ?? []), await measure(readers)];
  }
}
const over = [];
for (const [readers, runs] of Object.entries(results)) {
  for (const run of runs) {
    console.log(`readers ${readers}: ${sentence(run)}`);
    if (run["list p99 ms"] > MOST_LIST_MS)
      over.push(`readers ${readers}, list p99 ${run["list p99 ms"].toFixed(1)} ms`);
    const lateMs = run["loop late p99 ms"];
    if (lateMs > MOST_LATE_MS) over.push(`readers ${readers}, loop late p99 ${lateMs.toFixed(1)} ms`);
  }
}
console.log(over.length === 0 ? "all within their targets" : `over their targets: ${over.join("; ")}`);
process.exitCode = over.length === 0 ? 0 : 1;

async function measure(readers) {
  const collector = await startCollector(values.cli, { serveArgs: ["--readers", readers] });
  try {
    await run("sender.mjs", [collector.url, values.dialect, "0", String(WARM_UP_BATCHES), String(IN_FLIGHT)]);
    await collector.quiet();
    const args = [collector.url, values.dialect, String(WARM_UP_BATCHES), values.batches, String(IN_FLIGHT)];
    const sender = start("sender.mjs", args, ["ipc"]);
    const lists = start("lister.mjs", [collector.url]);
    await once(sender.child, "message");
    // What is asked resets the loop's figures.
    await metrics(collector.url);
    const [before, servingBefore] = [collector.cpuMicros(), collector.servingCpuMicros()];
    sender.child.send("go");
    const sent = await sender.result;
    const [after, servingAfter] = [collector.cpuMicros(), collector.servingCpuMicros()];
    const text = await metrics(collector.url);
    lists.child.stdin.end();
    const endedAt = sent.startedAt + 1000 * sent.seconds;
    const answers = (await lists.result).filter(([askedAt]) => askedAt >= sent.startedAt && askedAt < endedAt);
    const listMs = answers.map(([, ms]) => ms).sort((a, b) => a - b);
    const listAt = (share) => listMs[Math.min(listMs.length - 1, Math.floor(listMs.length * share))];
    const lateMs = (which) =>
      1000 * Number(new RegExp(`^nodejs_eventloop_delay_${which}_seconds (\\S+)`, "m").exec(text)[1]) -
      LOOP_RESOLUTION_MS;
    return {
      "spans/s": sent.spans / sent.seconds,
      "CPU us a span, all processes": (after - before) / sent.spans,
      "CPU us a span, the one that serves": (servingAfter - servingBefore) / sent.spans,
      "loop late p50 ms": lateMs("p50"),
      "loop late p99 ms": lateMs("p99"),
      "loop late max ms": lateMs("max"),
      lists: listMs.length,
      "list p50 ms": listAt(0.5),
      "list p99 ms": listAt(0.99),
      "list max ms": listMs.at(-1),
      "MiB high water": collector.highWaterMiB(),
      refused: sent.refused,
    };
  } finally {
    await collector.stop();
  }
}

async function metrics(url) {
  return (await fetch(`${url}/metrics`)).text();
}

function run(script, args) {
  return start(script, args).result;
}

/** @returns the process, and the line of JSON that it prints at its end */
function start(script, args, channel = []) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", "inherit", ...channel] });
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  const result = once(child, "close").then(([code]) => {
    if (code !== 0) throw new Error(`${script} ended with ${code}`);
    return JSON.parse(out);
  });
  return { child, result };
}

function sentence(figures) {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value < 100 ? value.toFixed(1) : value.toFixed(0)}`)
    .join(", ");
}
