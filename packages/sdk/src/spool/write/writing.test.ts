import { processTable, SPOOL_DIRECTORY, SpoolRun } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Spool } from "../index.ts";

/** When a spool writes, and what it makes of two protocols that overlap. */

const segmentsOf = (run: SpoolRun) => run.disk.files().filter((path) => path.endsWith(".seg"));
const lives = (run: SpoolRun) => run.disk.sync.readdir(SPOOL_DIRECTORY).filter((name) => /^(?:i|new)-/.test(name));

describe("records are written", () => {
  test("when they have waited for 20 ms", async () => {
    const run = await new SpoolRun().opened();
    run.append("first");
    await run.clock.advance(10);
    run.append("second");
    await run.clock.advance(9);
    expect(run.spool.watermarks.spooled).toBe(0);
    await run.clock.advance(1);
    expect(run.spool.watermarks.spooled).toBe(2);
  });

  test("immediately when they are many, or somebody waits for them", async () => {
    const run = await new SpoolRun({ groupCommitBytes: 1_000 }).opened();
    await run.clock.advance(30);
    run.spool.append({ head: Buffer.alloc(900), blobs: [] });
    await run.clock.settle();
    expect(run.spool.watermarks.spooled).toBe(0);
    run.spool.append({ head: Buffer.alloc(100), blobs: [] });
    await run.clock.settle();
    expect(run.spool.watermarks.spooled).toBe(2);
    const isSpooled = run.spool.whenSpooled(run.spool.append({ head: Buffer.alloc(1), blobs: [] }));
    await run.clock.settle();
    expect(await isSpooled).toBe(true);
  });

  test("also those that came before the disk was open", async () => {
    const run = new SpoolRun();
    run.append("early");
    await run.opened();
    await run.commit();
    expect(run.spool.watermarks).toEqual({ captured: 1, spooled: 1, synced: 1 });
  });

  test("to survive the process and no more, where that is what was asked for", async () => {
    const run = await new SpoolRun({ durability: "process" }).opened();
    const seq = run.append("text");
    const isSynced = run.spool.whenSynced(seq);
    await run.commit();
    expect(await isSynced).toBe(false);
    expect(run.spool.watermarks).toEqual({ captured: 1, spooled: 1, synced: 0 });
    expect(run.disk.log.filter(({ kind }) => kind === "fsync")).toEqual([]);
  });
});

describe("what is written within a turn", () => {
  test("while the spool is being opened makes the one directory that is used, and the other one goes", async () => {
    const run = new SpoolRun();
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    run.disk.onHold = ({ name }) => (name === "rename" ? held : undefined);
    run.append("early");
    await run.clock.settle();
    expect(run.spool.flushSync()).toBe(true);
    expect(run.spool.watermarks.spooled).toBe(1);
    const open = run.disk.openFiles;
    run.disk.onHold = () => undefined;
    answer();
    await run.opened();
    await run.commit();
    expect(lives(run)).toHaveLength(1);
    expect(segmentsOf(run)).toHaveLength(1);
    expect(run.disk.openFiles).toBe(open);
  });

  test("while a segment is being made has its own, and the other one goes", async () => {
    const run = await new SpoolRun().opened();
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    run.disk.onHold = ({ name }) => (name === "rename" ? held : undefined);
    run.append("first");
    await run.clock.advance(25);
    const open = run.disk.openFiles;
    expect(run.spool.flushSync()).toBe(true);
    expect(run.spool.watermarks.spooled).toBe(1);
    run.disk.onHold = () => undefined;
    answer();
    await run.commit();
    expect(segmentsOf(run)).toHaveLength(1);
    expect(run.disk.openFiles).toBe(open);
    run.append("second");
    await run.commit();
    expect(run.spool.watermarks.synced).toBe(2);
  });

  test("fails where the disk does, which is said, and nothing is lost", async () => {
    const run = await new SpoolRun().opened();
    run.append("text");
    run.disk.onCall = ({ name }) => (name === "write" ? { code: "ENOSPC" } : undefined);
    expect(run.spool.flushSync()).toBe(false);
    expect(run.changes).toMatchObject([{ state: "memory", code: "ENOSPC" }]);
    expect(run.spool.flushSync()).toBe(false);
    run.disk.onCall = () => undefined;
    await run.clock.advance(31_000);
    expect(run.spool.watermarks.synced).toBe(1);
  });
});

describe("the ledger", () => {
  /** A disk on which each write of the ledger within a turn takes so long. */
  async function slowBy(ms: number) {
    const run = await new SpoolRun().opened();
    let slowMs = ms;
    run.disk.onCall = ({ name, path }) => {
      if (name === "write" && path.endsWith("ledger")) run.clock.freezeFor(slowMs);
      return undefined;
    };
    return { run, now: (ms: number) => (slowMs = ms) };
  }

  test("is strict while the disk is quick enough", async () => {
    const { run } = await slowBy(5);
    for (let i = 0; i < 10; i++) run.spool.writeLedger();
    expect(run.spool.isLedgerStrict).toBe(true);
  });

  test("is no longer after three slow writes in a row, and again after the next heartbeat", async () => {
    const { run, now } = await slowBy(6);
    for (let i = 0; i < 2; i++) run.spool.writeLedger();
    now(5);
    run.spool.writeLedger();
    now(6);
    for (let i = 0; i < 2; i++) run.spool.writeLedger();
    expect(run.spool.isLedgerStrict).toBe(true);
    run.spool.writeLedger();
    expect(run.spool.isLedgerStrict).toBe(false);
    const writes = run.disk.log.length;
    run.spool.writeLedger();
    expect(run.disk.log.length).toBe(writes);
    now(0);
    await run.clock.advance(10_000);
    expect(run.disk.log.length).toBeGreaterThan(writes);
    expect(run.spool.isLedgerStrict).toBe(true);
  });

  test("that can't be written puts the spool into memory mode", async () => {
    const run = await new SpoolRun().opened();
    run.disk.onCall = ({ name }) => (name === "write" ? { code: "EROFS" } : undefined);
    run.spool.writeLedger();
    expect([run.spool.state, run.spool.isLedgerStrict]).toEqual(["memory", false]);
  });
});

describe("a spool", () => {
  const later = (run: SpoolRun, disk = run.disk.imageAt(run.disk.log.length)) => {
    const spool = Spool.open({
      directory: SPOOL_DIRECTORY,
      lanes: ["sgp", "otlp"],
      fs: disk,
      clock: run.clock,
      processes: processTable(2, () => [2]),
    });
    return { spool, disk };
  };

  test("that is closed leaves no file open, takes nothing more, and is closed once", async () => {
    const run = await new SpoolRun().opened();
    run.append("text");
    await run.commit();
    const closing = run.spool.close();
    expect(run.spool.close()).toBe(closing);
    await closing;
    expect([run.spool.state, run.disk.openFiles, run.append("late"), run.spool.flushSync()]).toEqual([
      "closed",
      0,
      -1,
      false,
    ]);
    expect(run.clock.timerCount).toBe(0);
  });

  test("counts what it adopted to its bytes, and says that it told of their losses when it is closed", async () => {
    const run = await new SpoolRun().opened();
    run.append("text");
    await run.commit();
    const { spool, disk } = later(run);
    const own = spool.bytes;
    const { orphans } = await spool.adopt();
    expect(spool.bytes).toBe(own + orphans[0]!.bytes);
    expect(orphans[0]!.bytes).toBeGreaterThan(0);
    for await (const { seq } of orphans[0]!.read()) {
      for (const lane of ["sgp", "otlp"]) orphans[0]!.settle(lane, seq, "dropped");
    }
    await spool.close();
    expect(disk.files().filter((path) => path.includes(orphans[0]!.id))).toEqual([]);
  });

  test("adopts nothing while it is in memory mode, and where the directory can't be read", async () => {
    const run = await new SpoolRun().opened();
    run.append("text");
    await run.commit();
    const { spool, disk } = later(run);
    await spool.opened;
    disk.onCall = ({ name }) => (name === "readdir" ? { code: "EACCES" } : undefined);
    expect(await spool.adopt()).toEqual({ orphans: [], foreign: 0 });
    disk.onCall = () => ({ code: "ENOSPC" });
    expect(spool.flushSync()).toBe(false);
    expect(await spool.adopt()).toEqual({ orphans: [], foreign: 0 });
    disk.onCall = () => undefined;
    await run.clock.advance(31_000);
    expect((await spool.adopt()).orphans).toHaveLength(1);
    expect((await spool.adopt()).orphans).toHaveLength(0);
  });
});
