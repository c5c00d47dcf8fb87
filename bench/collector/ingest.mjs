/**
 * What a small span costs the collector: its CPU from the request to the commit, what it does behind that, spans a
 * second, and bytes in the file. The sender is another process. With a baseline both take turns, in one sitting, and the
 * ratio is what counts: wall times and CPU of a shared machine are not repeatable, ratios are.
 *
 *   npm run build && node bench/collector/ingest.mjs [--baseline OTHER/packages/collector/dist/cli.js]
 *     [--dialects sgp,native] [--batches 200] [--rounds 3] [--in-flight 4] [--profile DIRECTORY]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SPANS_PER_BATCH } from "./batches.mjs";
import { startCollector } from "./collector-process.mjs";

const { values } = parseArgs({
  options: {
    cli: { type: "string", default: fileURLToPath(new URL("../../packages/collector/dist/cli.js", import.meta.url)) },
    baseline: { type: "string" },
    dialects: { type: "string", default: "sgp,native" },
    batches: { type: "string", default: "200" },
    rounds: { type: "string", default: "3" },
    "in-flight": { type: "string", default: "4" },
    profile: { type: "string" },
  },
});
const WARM_UP_BATCHES = 20;
const batches = Number(values.batches);
const subjects = { ...(values.baseline !== undefined && { baseline: values.baseline }), this: values.cli };

for (const dialect of values.dialects.split(",")) {
  const results = {};
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [subject, cli] of Object.entries(subjects)) {
      results[subject] = [...(results[subject] ?? []), await measure(cli, dialect)];
    }
  }
  const medians = Object.fromEntries(Object.entries(results).map(([subject, runs]) => [subject, medianOf(runs)]));
  for (const [subject, median] of Object.entries(medians)) console.log(`${dialect} ${subject}: ${sentence(median)}`);
  if (medians.baseline === undefined) continue;
  const ratios = Object.keys(medians.this).map(
    (name) => `${name} ${(medians.this[name] / medians.baseline[name]).toFixed(2)}`,
  );
  console.log(`${dialect} this / baseline: ${ratios.join(", ")}`);
}

async function measure(cli, dialect) {
  const nodeArgs = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  const collector = await startCollector(cli, { nodeArgs });
  try {
    await send(collector.url, dialect, 0, WARM_UP_BATCHES);
    await collector.quiet();
    const before = collector.cpuMicros();
    const sent = await send(collector.url, dialect, WARM_UP_BATCHES, batches);
    const committed = collector.cpuMicros();
    await collector.quiet();
    const settled = collector.cpuMicros();
    const spans = sent.spans + WARM_UP_BATCHES * SPANS_PER_BATCH;
    const rss = collector.highWaterMiB();
    await collector.stop({ keepsData: true });
    return {
      "CPU us a span": (committed - before) / sent.spans,
      "behind it": (settled - committed) / sent.spans,
      "spans/s": sent.spans / sent.seconds,
      "batch p99 ms": sent.p99Ms,
      "bytes a span": collector.bytes() / spans,
      "MiB high water": rss,
    };
  } finally {
    await collector.stop();
  }
}

async function send(url, dialect, first, count) {
  const sender = fileURLToPath(new URL("sender.mjs", import.meta.url));
  const args = [sender, url, dialect, String(first), String(count), values["in-flight"]];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the sender ended with ${code}`);
  return JSON.parse(out);
}

function medianOf(runs) {
  const middle = (name) => runs.map((run) => run[name]).sort((a, b) => a - b)[runs.length >> 1];
  return Object.fromEntries(Object.keys(runs[0]).map((name) => [name, middle(name)]));
}

function sentence(median) {
  return Object.entries(median)
    .map(([name, value]) => `${name} ${value < 100 ? value.toFixed(1) : value.toFixed(0)}`)
    .join(", ");
}
