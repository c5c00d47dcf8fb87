/**
 * `npm run demo -- FILE…`: replays recorded runs into the collector at `EVERSPAN_COLLECTOR_URL` and waits until it has
 * them. One line a file, then the sum. Exit code 1 when a file is not a trajectory or a span was lost.
 */
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CollectorExporter, Tracer } from "everspan";
import { awaitDelivery, awaitRoom, countLost } from "./delivery.ts";
import { replayTrajectory } from "./replay.ts";
import { parseTrajectory, type Trajectory, TrajectoryError } from "./trajectory.ts";

const USAGE = `Usage: npm run demo -- [--wait SECONDS] FILE…

Replays recorded mini-swe-agent runs (.traj.json) through the SDK into the collector at EVERSPAN_COLLECTOR_URL
(default http://127.0.0.1:4318; a token, where one is needed, in EVERSPAN_TOKEN). While the collector is away the
replay keeps trying, for 300 seconds unless --wait says otherwise.`;

/** The lines on stdout are the command's own. */
const STDERR = { debug: () => {}, info: console.error, warn: console.error, error: console.error };

const QUEUE = { maxRecords: 50_000, maxBytes: 64 * 1024 * 1024 };

async function main(): Promise<void> {
  const { files, waitMs } = readArguments();
  const runs = await Promise.all(files.map(async (file) => [file, await readRun(file)] as const));
  const collectorUrl = (process.env.EVERSPAN_COLLECTOR_URL ?? "http://127.0.0.1:4318").replace(/\/+$/, "");
  const token = process.env.EVERSPAN_TOKEN;
  const tracer = new Tracer({
    service: { name: "mini-swe-agent" },
    exporters: [new CollectorExporter({ url: collectorUrl, ...(token === undefined ? {} : { token }) })],
    queue: QUEUE,
    delivery: { deliveryTimeoutMs: waitMs },
    logger: STDERR,
  });
  const onWaiting = (reason: string) => console.error(`waiting for the collector at ${collectorUrl}: ${reason}`);
  const options = { waitMs, onWaiting };

  let spans = 0;
  let url = "";
  for (const [file, run] of runs) {
    const replay = await replayTrajectory(tracer, run, { beforeStep: () => awaitRoom(tracer, QUEUE, options) });
    spans += replay.spans;
    url = `${collectorUrl}/traces/${replay.traceId}`;
    console.log(`${basename(file)}: ${replay.spans} spans, ${run.steps.length} steps, trace ${url}`);
  }
  await awaitDelivery(tracer, options);
  // A record that did not arrive is counted as a span lost, although its other half may have: never too few.
  const lost = Math.min(spans, countLost(tracer));
  await tracer.shutdown({ timeoutMs: 1_000 });
  console.log(`${spans} spans, ${spans - lost} delivered, ${lost} lost, trace ${url}`);
  if (lost > 0) process.exitCode = 1;
}

function readArguments(): { files: readonly string[]; waitMs: number } {
  const { values, positionals } = parseOptions();
  const waitMs = Number(values.wait) * 1000;
  if (values.help === true) fail(USAGE, 0);
  if (positionals.length === 0) fail(USAGE, 1);
  if (!(waitMs > 0)) fail(`--wait: expected a number of seconds above 0, but ${values.wait} came`, 1);
  return { files: positionals, waitMs };
}

function parseOptions() {
  try {
    const options = { wait: { type: "string", default: "300" }, help: { type: "boolean", short: "h" } } as const;
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    fail(`${(error as Error).message}\n\n${USAGE}`, 1);
  }
}

async function readRun(file: string): Promise<Trajectory> {
  try {
    return parseTrajectory(await readFile(resolve(file), "utf8"));
  } catch (error) {
    const isKnown = error instanceof TrajectoryError || (error as NodeJS.ErrnoException).code !== undefined;
    if (isKnown) fail(`${file}: ${(error as Error).message}`, 1);
    throw error;
  }
}

function fail(message: string, exitCode: number): never {
  console.error(message);
  process.exit(exitCode);
}

await main();
