/** What a process had on disk survives whatever ends it. Real processes, real files, a real server, the built SDK. */
import { execFile } from "node:child_process";
import { mkdir, readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { seededRandom } from "everspan/internals";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { COLLECTOR_CLI, CollectorProcess, temporaryFolder } from "./collector-process.ts";
import { killCycle } from "./kill-cycle.ts";
import { type SpanBackEnd, startSpanBackEnd } from "./span-back-end.ts";
import { DEAD_BACK_END, runSpooledAgent } from "./spooled-agent.ts";

const KILLS = 10;
/** Of what an agent says of its spans: some ten turns of it. */
const LONGEST_LIFE_LINES = 120;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let backEnd: SpanBackEnd;

beforeEach(async () => {
  folder = await temporaryFolder();
  backEnd = await startSpanBackEnd();
});
afterEach(async () => {
  await backEnd[Symbol.asyncDispose]();
  await folder.remove();
});

const phases = (ids: readonly string[]) => ids.map((id) => backEnd.spans.get(id)?.phase);
const errors = (ids: readonly string[]) => ids.map((id) => backEnd.spans.get(id)?.error?.type);

describe("a process with a spool that ends by", () => {
  test("D1 kill -9 at any point loses nothing that was spooled, and its account is exact", async () => {
    const random = seededRandom(20260131);
    const collector = await CollectorProcess.start({ dataDirectory: join(folder.path, "store") });
    const directory = join(folder.path, "spool");
    await mkdir(directory);
    let onDisk = 0;
    try {
      for (let life = 0; life < KILLS; life++) {
        const exporter = life % 4 < 2 ? "collector" : "sgp";
        const kill = { afterLines: Math.floor(random() * LONGEST_LIFE_LINES) };
        const killHeir = life % 3 === 2 ? { killHeir: { afterLines: Math.floor(random() * LONGEST_LIFE_LINES) } } : {};
        const isCollectorUp = life % 2 === 0;
        const cycle = await killCycle(collector, { directory, exporter, kill, ...killHeir, isCollectorUp });
        onDisk += cycle.life.ended.length;
        if (cycle.heir !== undefined) expect(cycle.heir.signal).toBe("SIGKILL");
        expect(cycle).toMatchObject({ lostEnded: [], lostOpen: [], notInterrupted: [], corrupt: 0, discrepancies: [] });
        expect(cycle.stored).toMatchObject({ duplicates: [], invented: [] });
        expect(cycle.life.signal).toBe("SIGKILL");
      }
    } finally {
      await collector.kill();
    }
    expect(onDisk).toBeGreaterThan(KILLS);
  });

  test.each([
    ["exit", 3],
    ["throw", 1],
  ])("C4 %s right after a span loses nothing, and its open span arrives as Interrupted", async (how, exitCode) => {
    const life = await runSpooledAgent(how, { backEndUrl: DEAD_BACK_END, directory: folder.path });
    expect(life).toMatchObject({ code: exitCode, signal: null });
    const { stats } = await runSpooledAgent("recover", { backEndUrl: backEnd.url, directory: folder.path });
    expect(stats).toMatchObject({ ok: true, lanes: { sgp: { recovered: 2, delivered: 2 } } });
    expect(phases([...life.ended, ...life.open])).toEqual(["ended", "ended"]);
    expect(errors([...life.ended, ...life.open])).toEqual([undefined, "Interrupted"]);
  });

  test("R2 running out of memory loses nothing that was spooled", async () => {
    const flags = ["--max-old-space-size=60"];
    const life = await runSpooledAgent("grow", { backEndUrl: DEAD_BACK_END, directory: folder.path, flags });
    expect(life.code === 0).toBe(false);
    expect(life.ended.length).toBeGreaterThan(0);
    await runSpooledAgent("recover", { backEndUrl: backEnd.url, directory: folder.path });
    expect(new Set(phases([...life.ended, ...life.open]))).toEqual(new Set(["ended"]));
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("B10 a shutdown that ran out of time leaves the rest on disk, and the next start delivers it", async () => {
    const life = await runSpooledAgent("shutdown", { backEndUrl: DEAD_BACK_END, directory: folder.path });
    expect(life.stats?.lanes.sgp).toMatchObject({ created: 100, coalesced: 50, pending: { spooled: 50 } });
    expect(life.stats?.lanes.sgp?.dropped.shutdown_timeout).toBe(0);
    await runSpooledAgent("recover", { backEndUrl: backEnd.url, directory: folder.path });
    expect(phases(life.ended)).toEqual(life.ended.map(() => "ended"));
    expect(await readdir(folder.path)).toEqual([]);
  });
});

test("everspan ledger shows what is left of dead processes, and everspan drain delivers it", async () => {
  const everspan = async (...args: string[]) => {
    const env = { SGP_API_KEY: "test-key", SGP_ACCOUNT_ID: "account", SGP_BASE_URL: backEnd.url };
    const run = promisify(execFile)(process.execPath, [COLLECTOR_CLI, ...args], { env });
    return (await run).stdout;
  };
  const life = await runSpooledAgent("shutdown", { backEndUrl: DEAD_BACK_END, directory: folder.path });
  expect(await everspan("ledger", folder.path)).toContain(
    "sgp: 100 created, 0 delivered, 50 coalesced, 0 dropped, 50 pending",
  );
  const said = await everspan("drain", folder.path);
  expect(said).toBe("1 dead processes, 50 records: 50 delivered, 0 coalesced, 0 lost, 0 left\n");
  expect(phases(life.ended)).toEqual(life.ended.map(() => "ended"));
  expect(await everspan("drain", folder.path)).toBe("nothing is left of dead processes\n");
});

test("everspan drain ends in time, though a segment has holes of a terabyte", async () => {
  await runSpooledAgent("exit", { backEndUrl: DEAD_BACK_END, directory: folder.path });
  const files = await readdir(folder.path, { recursive: true });
  const segment = files.find((name) => name.endsWith(".seg"))!;
  await truncate(join(folder.path, segment), 2 ** 40);
  // To read it all would take hours; the test's own time limit ends it long before.
  const drain = promisify(execFile)(process.execPath, [
    COLLECTOR_CLI,
    "drain",
    folder.path,
    "--timeout",
    "1",
    "--to",
    DEAD_BACK_END,
  ]);
  await expect(drain).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(/ left\n$/) });
  const left = (await readdir(folder.path, { recursive: true })).filter((name) => name.endsWith(".seg"));
  const sizes = await Promise.all(left.map(async (name) => (await stat(join(folder.path, name))).size));
  expect(sizes).toContain(2 ** 40);
});
