/**
 * Whether the collector still answers while it takes all it can: how late the event loop of the process that serves is,
 * and how long a list takes, during full ingest; beside that what a span costs. In one process and with readers, by
 * turns in one sitting. Sender and reader are processes of their own. Linux only.
 *
 *   npm run build && node bench/collector/responsiveness.mjs [--readers 0,1,2] [--batches 200] [--rounds 2] [--dialect sgp]
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
    batches: { type: "string", default: "200" },
    rounds: { type: "string", default: "2" },
    dialect: { type: "string", default: "sgp" },
  },
});
const WARM_UP_BATCHES = 20;
const IN_FLIGHT = 4;

const results = {};
for (let round = 0; round < Number(values.rounds); round++) {
  for (const readers of values.readers.split(",")) {
    results[readers] = [...(results[readers] ?? []), await measure(readers)];
  }
}
for (const [readers, runs] of Object.entries(results)) {
  for (const run of runs) console.log(`readers ${readers}: ${sentence(run)}`);
}

async function measure(readers) {
  const collector = await startCollector(values.cli, { serveArgs: ["--readers", readers] });
  try {
    await run("sender.mjs", [collector.url, values.dialect, "0", String(WARM_UP_BATCHES), String(IN_FLIGHT)]);
    await collector.quiet();
    // What is asked resets the loop's figures.
    await metrics(collector.url);
    const [before, servingBefore] = [collector.cpuMicros(), collector.servingCpuMicros()];
    const lists = start("lister.mjs", [collector.url]);
    const args = [collector.url, values.dialect, String(WARM_UP_BATCHES), values.batches, String(IN_FLIGHT)];
    const sent = await run("sender.mjs", args);
    const [after, servingAfter] = [collector.cpuMicros(), collector.servingCpuMicros()];
    const text = await metrics(collector.url);
    lists.child.stdin.end();
    const listed = await lists.result;
    const loopMs = (which) =>
      1000 * Number(new RegExp(`^nodejs_eventloop_delay_${which}_seconds (\\S+)`, "m").exec(text)[1]);
    return {
      "spans/s": sent.spans / sent.seconds,
      "CPU us a span, all processes": (after - before) / sent.spans,
      "CPU us a span, the one that serves": (servingAfter - servingBefore) / sent.spans,
      "loop p50 ms": loopMs("p50"),
      "loop p99 ms": loopMs("p99"),
      "loop max ms": loopMs("max"),
      lists: listed.count,
      "list p50 ms": listed.p50Ms,
      "list p99 ms": listed.p99Ms,
      "list max ms": listed.maxMs,
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
function start(script, args) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", "inherit"] });
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
