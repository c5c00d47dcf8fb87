import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { CollectorExporter, type LaneStats, Tracer } from "everspan";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  awaitDelivery,
  countLost,
  parseTrajectory,
  replayTrajectory,
} from "../examples/trajectory-replay/src/index.ts";
import { CollectorProcess, ROOT, temporaryFolder } from "./collector-process.ts";
import { drawTrajectory } from "./recorded-runs.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;

beforeEach(async () => {
  folder = await temporaryFolder();
  collector = await CollectorProcess.start({ dataDirectory: join(folder.path, "data") });
});

afterEach(async () => {
  await collector.stop();
  await folder.remove();
});

async function startAgain(): Promise<void> {
  collector = await CollectorProcess.start({ dataDirectory: join(folder.path, "data"), port: collector.port });
}

test("a replay goes on over the collector's death and return, and loses nothing", async () => {
  const tracer = new Tracer({ exporters: [new CollectorExporter({ url: collector.url })] });
  const lane = () => Object.values(tracer.stats().lanes)[0] as LaneStats;
  const steps = 60;
  let step = 0;
  const beforeStep = async () => {
    step += 1;
    if (step === 20) await tracer.flush();
    if (step === 40) await Promise.all([tracer.flush({ timeoutMs: 1 }), collector.kill()]);
  };
  const { traceId, spans } = await replayTrajectory(tracer, parseTrajectory(drawTrajectory("killed", steps, 20_000)), {
    beforeStep,
  });
  expect(lane().delivered).toBeGreaterThan(0);
  await vi.waitFor(() => expect(lane().state).toBe("backing-off"), { timeout: 60_000 });

  await startAgain();
  const isDelivered = await awaitDelivery(tracer, { waitMs: 50_000, onWaiting: () => {} });
  expect([isDelivered, countLost(tracer)]).toEqual([true, 0]);
  expect((await collector.readTrace(traceId)).spans).toHaveLength(spans);
  await tracer.shutdown();
});

test("the demo command waits for a collector that is away, says so, and delivers when it is back", async () => {
  const files = [join(folder.path, "a.traj.json"), join(folder.path, "b.traj.json")];
  for (const file of files) await writeFile(file, drawTrajectory(file, 20));
  await collector.kill();
  const demo = spawnDemo(files);
  const ended = new Promise<number | null>((resolve) => demo.once("exit", resolve));
  const printed = text(demo.stdout as NodeJS.ReadableStream);
  await new Promise<void>((resolve) => {
    demo.stderr?.on("data", (chunk) => String(chunk).includes("waiting for the collector") && resolve());
  });

  await startAgain();
  expect(await ended).toBe(0);
  const lines = (await printed).trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines.at(-1)).toMatch(
    /^82 spans, 82 delivered, 0 lost, trace http:\/\/127\.0\.0\.1:\d+\/traces\/[0-9a-f]{32}$/,
  );
  expect((await collector.listTraces()).traces.map((trace) => trace.spanCount)).toEqual([41, 41]);
});

test("the demo command names what it expected when a file is not a trajectory, and sends nothing", async () => {
  const file = join(folder.path, "x.json");
  await writeFile(file, '{"resourceSpans":[]}');
  const demo = spawnDemo([file]);
  const [exitCode, printed, said] = await Promise.all([
    new Promise<number | null>((resolve) => demo.once("exit", resolve)),
    text(demo.stdout as NodeJS.ReadableStream),
    text(demo.stderr as NodeJS.ReadableStream),
  ]);
  expect([exitCode, printed]).toEqual([1, ""]);
  expect(said).toBe(`${file}: trajectory_format: expected "mini-swe-agent-1", but nothing came\n`);
  expect((await collector.listTraces()).traces).toEqual([]);
});

function spawnDemo(files: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, "scripts/demo.mjs"), ...files], {
    env: { ...process.env, EVERSPAN_COLLECTOR_URL: collector.url, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}
