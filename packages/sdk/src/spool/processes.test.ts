import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CrashChild, ManualClock } from "@everspan/testkit";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Spool, systemProcesses } from "./index.ts";
import type { OrphanEntry } from "./read/orphan.ts";

/** Faults that need a process of their own: one to be killed, to be starved, or to be somebody else. */

const PROGRAM = new URL("./spool-program.fixture.ts", import.meta.url);
const KILL_CYCLES = 30;
/** A loaded machine takes its time to start processes; what they do is waited for by what they say. */
vi.setConfig({ testTimeout: 300_000 });

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-spool-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function startChild(mode: string, options: { shell?: string; directory?: string } = {}): CrashChild {
  const { shell } = options;
  const args = [mode, options.directory ?? directory];
  const child = new CrashChild(PROGRAM, { args, ...(shell === undefined ? {} : { shell }) });
  onTestFinished(async () => void (await child.kill()));
  return child;
}

async function recoverAll(): Promise<{
  entries: OrphanEntry[];
  spool: Spool;
  orphans: Awaited<ReturnType<Spool["adopt"]>>["orphans"];
}> {
  const spool = Spool.open({ directory, lanes: ["a", "b"] });
  const { orphans } = await spool.adopt();
  const entries: OrphanEntry[] = [];
  for (const orphan of orphans) for await (const entry of orphan.read()) entries.push(entry);
  return { entries, spool, orphans };
}

/** Multiplicative congruence: the same delays in each run of the tests. */
function drawnDelays(count: number, mostMs: number): number[] {
  let state = 20_260_131;
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % mostMs;
  });
}

test.each(drawnDelays(KILL_CYCLES, 40))(
  "D1 kill -9 %i ms after the first records loses no spooled record, and the account is exact",
  async (delayMs) => {
    const child = startChild("append");
    await child.line((line) => line.startsWith("spooled"));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await child.kill();
    const promised = Number(child.lines.at(-1)?.split(" ")[1]);

    const { entries, spool, orphans } = await recoverAll();
    const report = orphans[0]!.report!;
    expect(orphans).toHaveLength(1);
    expect(report.isExact).toBe(true);
    expect(report.records).toBeGreaterThanOrEqual(promised);
    for (const entry of entries) {
      expect(Buffer.from(entry.head).toString()).toBe(`record ${entry.seq}`);
      expect(entry.isWhole).toBe(true);
      expect(entry.lanes).toEqual(entry.seq % 3 === 0 ? expect.arrayContaining(["b"]) : ["a", "b"]);
    }
    for (const { corrupt } of report.lanes) expect(corrupt).toBe(0);
    const inB = entries.filter(({ lanes }) => lanes.includes("b")).map(({ seq }) => seq);
    expect(inB).toEqual(Array.from({ length: report.records }, (_, index) => index + 1));

    for (const { seq, lanes } of entries) for (const lane of lanes) orphans[0]!.settle(lane, seq, "delivered");
    await orphans[0]!.commit();
    await spool.close();
    expect(readdirSync(directory)).toEqual([]);
  },
);

test("D1 process.exit right after 100 records loses none of them when the exit handler calls flushSync", async () => {
  const child = startChild("exit");
  await child.ended;

  expect(child.lines.at(-1)).toBe("flushed true 100");
  const { entries } = await recoverAll();
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});

/** Until it said that what the full disk refused is on disk after all. */
async function fillUp(child: CrashChild): Promise<void> {
  await child.line((line) => line.startsWith("again"));
  await child.kill();
  expect(child.lines.filter((line) => line.startsWith("state"))).toEqual(["state memory ENOSPC", "state disk "]);
  expect(child.lines).toContain("refused -1");
  expect(child.lines).toContain("again true");
}

test("D3 a full disk puts the spool into memory mode once, freed room brings it back, and takes what was refused", async () => {
  await fillUp(startChild("fill-small-disk"));
  const { entries } = await recoverAll();
  expect(entries.map(({ head }) => Buffer.from(head).toString())).toEqual(["refused before"]);
});

const mayMount = spawnSync("unshare", ["-Urm", "true"]).status === 0;

test.skipIf(!mayMount)("D3 the same on a file system of its own, where this user may mount one", async () => {
  const mount = `mount -t tmpfs -o size=512k,mode=700 none '${directory}' && $NODE_COMMAND`;
  await fillUp(startChild("fill", { shell: `unshare -Urm bash -c "${mount.replaceAll('"', '\\"')}"` }));
});

test("D6 a directory of somebody else is refused without harm", async ({ skip }) => {
  skip(process.getuid?.() !== 0, "only root can become somebody else");
  chmodSync(directory, 0o755);
  const theirs = join(directory, "theirs");
  mkdirSync(theirs, { mode: 0o755 });

  const child = startChild("append-as-nobody", { directory: join(theirs, "spool") });
  const { code } = await child.ended;

  expect(child.lines).toEqual(["state memory EACCES", "answer -1"]);
  expect(code).toBe(0);
});

test("D6 a process without free file descriptors goes on in memory and comes back", async () => {
  const child = startChild("starve", { shell: "ulimit -n 128; $NODE_COMMAND" });

  await child.line((line) => line.startsWith("state disk"));
  expect(child.lines.filter((line) => line.startsWith("state"))).toEqual(["state memory EMFILE", "state disk "]);
  expect(child.lines.at(-1)).toMatch(/^(spooled 1|state disk )$/);
});

test("D8 eight processes that start at the same time adopt each dead incarnation exactly once", async () => {
  const dead = { ...systemProcesses, self: () => ({ ...systemProcesses.self(), startTicks: "1" }) };
  for (let count = 0; count < 20; count += 1) {
    const spool = Spool.open({ directory, lanes: ["a", "b"], processes: dead, clock: new ManualClock() });
    spool.append({ head: Buffer.from("record"), blobs: [] });
    spool.flushSync();
  }
  const children = Array.from({ length: 8 }, () => startChild("adopt"));
  await Promise.all(children.map((child) => child.line((line) => line === "done")));

  const adopted = children.flatMap(({ lines }) => lines.filter((line) => line.startsWith("adopted")));
  expect(adopted).toHaveLength(new Set(adopted).size);
  expect(adopted).toHaveLength(20);
});
