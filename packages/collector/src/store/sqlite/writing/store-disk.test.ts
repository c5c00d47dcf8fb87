import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot } from "../../trace-store.contract.ts";
import { StoreUnavailableError } from "../../trace-store.ts";
import { DatabaseSync } from "../schema/sqlite.ts";
import { SqliteTraceStore } from "../sqlite-trace-store.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-disk-"));
  path = join(directory, "everspan.db");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const P = "project";
const many = (count: number, traceId: string) =>
  Array.from({ length: count }, (_, i) => snapshot({ id: `${traceId}-${i}`, traceId, input: `${i} `.repeat(400) }));

/** A disk that syncs when the test says so. */
class HeldDisk {
  readonly asked: (() => void)[] = [];
  isHeld = true;
  isFailing = false;
  syncs = 0;

  readonly syncFile = async (): Promise<void> => {
    this.syncs += 1;
    if (this.isHeld) await new Promise<void>((resolve) => this.asked.push(resolve));
    if (this.isFailing) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
  };

  async letOneGo(): Promise<void> {
    await expect.poll(() => this.asked.length).toBeGreaterThan(0);
    this.asked.shift()!();
  }

  letGo(): void {
    this.isHeld = false;
    for (const resolve of this.asked.splice(0)) resolve();
  }
}

/** What a power cut would leave of files that are copied now, opened again. */
async function spansAfterCopy(): Promise<number> {
  const copy = join(directory, `copy-${Math.random()}.db`);
  for (const suffix of ["", "-wal"]) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
  const again = new SqliteTraceStore({ path: copy });
  const { spans } = await again.stats(P);
  await again.close();
  return spans;
}

test("a write is stored when the disk has it, and not before; those that wait share one sync", async () => {
  const disk = new HeldDisk();
  const store = new SqliteTraceStore({ path, syncFile: disk.syncFile });
  const stored: string[] = [];
  const ids = Array.from({ length: 20 }, (_, i) => `s${i}`);
  const writes = ids.map((id) => store.write(P, [snapshot({ id })]).then(() => stored.push(id)));
  // The transactions are committed: questions are answered while the disk is waited for.
  await expect.poll(() => store.stats(P)).toMatchObject({ spans: 20 });
  expect(disk.asked).toHaveLength(1);
  expect(stored).toEqual([]);
  disk.letGo();
  await Promise.all(writes);
  expect(stored).toEqual(ids);
  expect(disk.syncs).toBeLessThan(10);
  await store.close();
});

test("a sync that was under way when a write was committed is not its own", async () => {
  const disk = new HeldDisk();
  const store = new SqliteTraceStore({ path, syncFile: disk.syncFile });
  const first = store.write(P, [snapshot({ id: "first" })]);
  await expect.poll(() => disk.asked.length).toBe(1);
  let isSecondStored = false;
  const second = store.write(P, [snapshot({ id: "second" })]).then(() => {
    isSecondStored = true;
  });
  await expect.poll(() => store.stats(P)).toMatchObject({ spans: 2 });
  await disk.letOneGo();
  await first;
  await expect.poll(() => disk.asked.length).toBe(1);
  expect(isSecondStored).toBe(false);
  disk.letGo();
  await second;
  await store.close();
});

test("after a sync that failed nothing more is said to be stored, even when later ones would not fail", async () => {
  const disk = new HeldDisk();
  const store = new SqliteTraceStore({ path, syncFile: disk.syncFile });
  const lost = store.write(P, [snapshot({ id: "lost" })]);
  disk.isFailing = true;
  disk.letGo();
  await expect(lost).rejects.toThrow(StoreUnavailableError);
  disk.isFailing = false;
  await expect(store.write(P, [snapshot({ id: "later" })])).rejects.toThrow("the disk failed to keep");
  await store.close();
});

test.runIf(process.platform === "linux")(
  "no transaction begins between the copying of the log and the sync of the file",
  async () => {
    const disk = new HeldDisk();
    const isLog = (file: number) => basename(readlinkSync(`/proc/self/fd/${file}`)).endsWith("-wal");
    const syncFile = (file: number) => (isLog(file) ? Promise.resolve() : disk.syncFile());
    const store = new SqliteTraceStore({ path, syncFile });
    let isOver = false;
    let stored = 0;
    const writing = (async () => {
      for (let i = 0; !isOver; i++) stored += (await store.write(P, many(100, `t${i}`))).length;
    })();
    await expect.poll(() => disk.asked.length, { timeout: 60_000 }).toBe(1);
    const { spans } = await store.stats(P);
    expect(spans).toBeGreaterThan(0);
    // The next transaction's turn would have come long ago.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(await store.stats(P)).toMatchObject({ spans });
    expect(await spansAfterCopy()).toBe(spans);
    isOver = true;
    disk.letGo();
    await writing;
    expect(stored).toBeGreaterThanOrEqual(spans);
    expect(await spansAfterCopy()).toBe(stored);
    await store.close();
  },
);

test("a long write leaves the event loop free, and nobody sees half of it", async () => {
  const store = new SqliteTraceStore({ path });
  const counts = new Set<number>();
  let isDone = false;
  const write = store.write(P, many(2000, "t")).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    counts.add((await store.stats(P)).spans);
  }
  await write;
  counts.add((await store.stats(P)).spans);
  expect([...counts].sort()).toEqual([0, 2000]);
  await store.close();
});

test("a refused write of many spans is undone whole, though others had their turn in between", async () => {
  const store = new SqliteTraceStore({ path });
  await store.write(P, [snapshot({ id: "t-1999", traceId: "t" })]);
  const refused = store.write(P, many(1999, "t").concat(snapshot({ id: "x".repeat(5000), traceId: "t" })));
  const beside = store.write(P, many(3, "beside"));
  await expect(refused).rejects.toThrow("id must have at most");
  await beside;
  expect(await store.stats(P)).toMatchObject({ spans: 4, traces: 2 });
  await store.close();
});

test("the files are closed with the store", async () => {
  const store = new SqliteTraceStore({ path });
  await store.write(P, [snapshot({ id: "s" })]);
  const before = openSync(path, "r");
  closeSync(before);
  await store.close();
  // The lowest free number is one that was given back.
  const after = openSync(path, "r");
  closeSync(after);
  expect(after).toBeLessThanOrEqual(before);
});

test("S12 a log that grew while somebody held a snapshot is used again when the snapshot is given up", async () => {
  const store = new SqliteTraceStore({ path, syncFile: async () => {} });
  const logBytes = () => statSync(`${path}-wal`).size;
  const writeMegabytes = async (prefix: string, count: number) => {
    for (let i = 0; i < count; i++) await store.write(P, many(400, `${prefix}${i}`));
  };
  const holder = new DatabaseSync(path, { readOnly: true });
  holder.exec("BEGIN");
  expect(holder.prepare("SELECT count(*) AS spans FROM spans").get()).toEqual({ spans: 0 });
  await writeMegabytes("held", 3);
  expect(holder.prepare("SELECT count(*) AS spans FROM spans").get()).toEqual({ spans: 0 });
  holder.exec("COMMIT");
  holder.close();
  await writeMegabytes("free", 3);
  const before = logBytes();
  await writeMegabytes("later", 6);
  // Without being folded it would have doubled.
  expect(logBytes()).toBeLessThan(before * 1.5);
  await store.close();
});
