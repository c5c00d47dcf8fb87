import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SPOOL_DIRECTORY, SpoolRun } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Spool, type SpoolEntry, type SpoolStateChange } from "./index.ts";

/** Faults that meet a living spool: on a simulated disk where one call must fail, on the real one where a path must. */

async function textsOf(entries: AsyncIterable<SpoolEntry>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { head } of entries) texts.push(Buffer.from(head).toString());
  return texts;
}

describe("on a simulated disk", () => {
  test.each([
    ["a write", "write", "ENOSPC"],
    ["the making of a segment", "open", "ENOSPC"],
    ["the rename of a segment", "rename", "ENOSPC"],
    ["a write", "write", "EROFS"],
    ["a write", "write", "EIO"],
    ["the making of a segment", "open", "EMFILE"],
  ] as const)(
    "D3 %s that fails (%s: %s) loses nothing that was accepted, is told once and healed by itself",
    async (_, name, code) => {
      const run = await new SpoolRun().opened();
      run.append("before");
      if (name === "write") await run.commit();
      run.disk.onCall = (call) => (call.name === name && !call.path.endsWith("ledger") ? { code } : undefined);
      const accepted = run.append("during");
      await run.clock.advance(65_000);

      expect(run.changes.map(({ state, code }) => ({ state, code }))).toEqual([{ state: "memory", code }]);
      expect(run.append("refused")).toBe(-1);
      expect(await textsOf(run.spool.read([1, 2]))).toEqual(["before", "during"]);

      run.disk.onCall = () => undefined;
      await run.clock.advance(31_000);
      expect(run.spool.state).toBe("disk");
      expect(run.changes.map(({ state }) => state)).toEqual(["memory", "disk"]);
      expect(run.spool.watermarks.synced).toBe(accepted);
      expect(await textsOf(run.spool.read([1, 2]))).toEqual(["before", "during"]);
    },
  );

  test("D3 what was settled while no ledger could be written makes room once one can", async () => {
    const run = await new SpoolRun({ segmentBytes: 2_000 }).opened();
    const segments = () => run.disk.files().filter((path) => path.endsWith(".seg"));
    for (let i = 0; i < 5; i++) {
      run.append(`${i} ${"x".repeat(2_000)}`);
      await run.commit();
    }
    expect(segments()).toHaveLength(5);
    run.disk.onCall = ({ name }) => (name === "write" ? { code: "ENOSPC" } : undefined);
    for (const lane of ["sgp", "otlp"]) for (let seq = 1; seq <= 5; seq++) run.settle(lane, seq);
    await run.clock.advance(65_000);
    expect(run.spool.state).toBe("memory");
    expect(segments().length).toBeGreaterThanOrEqual(5);

    run.disk.onCall = () => undefined;
    await run.clock.advance(31_000);
    await run.commit();
    expect(run.spool.state).toBe("disk");
    expect(segments().length).toBeLessThanOrEqual(1);
  });

  test("D3 a short write is continued where it ended", async () => {
    const run = await new SpoolRun().opened();
    run.disk.onCall = ({ name }) => (name === "write" ? { partialBytes: 7 } : undefined);
    run.append("a record that takes many writes");
    await run.commit();

    expect(run.spool.watermarks.synced).toBe(1);
    expect(await textsOf(run.spool.read([1]))).toEqual(["a record that takes many writes"]);
  });

  test("D4 a sync that fails is not tried again on that file", async () => {
    const run = await new SpoolRun().opened();
    run.append("first");
    await run.commit();
    const synced: string[] = [];
    run.disk.onCall = ({ name, path }) => {
      if (name !== "fsync" || path.endsWith("ledger")) return undefined;
      synced.push(path);
      return synced.length === 1 ? { code: "EIO" } : undefined;
    };
    run.append("second");
    await run.commit();
    run.append("third");
    await run.commit();

    expect(run.spool.watermarks.synced).toBe(3);
    expect(synced.filter((path) => path === synced[0])).toHaveLength(1);
  });

  test("D6 a disk that hangs does not hang the application, takes one thread and is used again when it answers", async () => {
    const run = await new SpoolRun().opened();
    let answer = () => {};
    let waiting = 0;
    const answers = new Promise<void>((resolve) => {
      answer = resolve;
    });
    run.disk.onHold = () => {
      waiting += 1;
      return answers;
    };
    const seq = run.spool.append({ head: Buffer.from("held"), blobs: [] });
    await run.clock.advance(120_000);

    expect(run.changes.map(({ state, code }) => `${state} ${code}`)).toEqual(["memory HUNG"]);
    expect(run.spool.append({ head: Buffer.from("refused"), blobs: [] })).toBe(-1);
    expect(run.spool.flushSync()).toBe(false);
    expect(waiting).toBeLessThanOrEqual(2);

    run.disk.onHold = () => undefined;
    answer();
    await run.clock.advance(31_000);
    expect(run.spool.state).toBe("disk");
    expect(run.spool.watermarks.synced).toBe(seq);
    expect(await textsOf(run.spool.read([seq]))).toEqual(["held"]);
  });

  test("D6 flushSync while a write is under way writes both, and the late end of that write changes nothing", async () => {
    const run = await new SpoolRun().opened();
    run.append("before");
    await run.commit();
    let answer = () => {};
    const answers = new Promise<void>((resolve) => {
      answer = resolve;
    });
    run.disk.onHold = ({ name, path }) => (name === "write" && path.includes(".seg") ? answers : undefined);
    run.append("under way");
    await run.clock.advance(25);
    run.append("behind it");

    expect(run.spool.watermarks.spooled).toBe(1);
    expect(run.spool.flushSync()).toBe(true);
    expect(run.spool.watermarks).toEqual({ captured: 3, spooled: 3, synced: 3 });
    run.append("after it");
    answer();
    await run.commit();
    expect(run.spool.watermarks.synced).toBe(4);
    expect(await textsOf(run.spool.read([1, 2, 3, 4]))).toEqual(["before", "under way", "behind it", "after it"]);
  });

  test("D7 a directory that is deleted is made anew, records in memory are written again, lost ones are named", async () => {
    const run = await new SpoolRun().opened();
    run.append("on disk");
    await run.commit();
    run.disk.remove(SPOOL_DIRECTORY);
    run.append("in memory");
    await run.commit();

    expect(run.spool.state).toBe("disk");
    expect(run.changes).toMatchObject([{ state: "disk", code: "VANISHED", lost: [{ first: 1, last: 1 }] }]);
    expect(run.spool.watermarks.synced).toBe(2);
    expect(await textsOf(run.spool.read([1, 2]))).toEqual(["in memory"]);
  });

  test("D11 at the bound the newest is refused, what was accepted stays, and settling makes room", async () => {
    const run = await new SpoolRun({ maxBytes: 4_000, segmentBytes: 1_000 }).opened();
    const accepted: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const seq = run.append("x".repeat(300));
      if (seq > 0) accepted.push(seq);
      await run.commit();
      expect(run.spool.bytes).toBeLessThanOrEqual(4_000 + 1_000);
    }

    expect(accepted.length).toBeGreaterThan(5);
    expect(run.refused).toBe(20 - accepted.length);
    expect(await textsOf(run.spool.read(accepted))).toHaveLength(accepted.length);
    for (const seq of accepted) for (const lane of ["sgp", "otlp"]) run.settle(lane, seq);
    await run.commit();
    expect(run.append("x".repeat(300))).toBe(accepted.length + 1);
  });

  test("a watermark can be awaited, and closing answers those who still wait", async () => {
    const run = await new SpoolRun().opened();
    const first = run.spool.whenSynced(run.append("first"));
    await run.commit();
    const never = run.spool.whenSpooled(99);
    await run.spool.close();

    expect(await first).toBe(true);
    expect(await never).toBe(false);
  });

  test("a blob that many records share lies once in each segment", async () => {
    const run = await new SpoolRun().opened();
    const prompt = "a shared prompt ".repeat(1_000);
    for (let count = 0; count < 50; count += 1) run.append(`record ${count}`, [prompt]);
    await run.commit();

    expect(run.spool.bytes).toBeLessThan(prompt.length + 50 * 100);
  });
});

describe("on the real disk", () => {
  let directory = "";

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "everspan-spool-"));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  async function openIn(path: string): Promise<{ spool: Spool; changes: SpoolStateChange[] }> {
    const changes: SpoolStateChange[] = [];
    const spool = Spool.open({ directory: path, lanes: ["a"], onStateChange: (change) => changes.push(change) });
    await spool.opened;
    return { spool, changes };
  }

  test.each([
    ["below a file", "ENOTDIR", () => writeFileSync(join(directory, "file"), ""), "file/spool"],
    ["that is a file", "ENOTDIR", () => writeFileSync(join(directory, "file"), ""), "file"],
    ["with a name that is too long", "ENAMETOOLONG", () => undefined, "n".repeat(300)],
    ["that is a loop of links", "ELOOP", () => symlinkSync("loop", join(directory, "loop")), "loop"],
    [
      "below a file system that takes no directories",
      "ENOENT",
      () => symlinkSync("/proc", join(directory, "proc")),
      "proc/x",
    ],
  ])("D6 a directory %s means memory mode, said once (%s)", async (_, code, prepare, path) => {
    prepare();
    const { spool, changes } = await openIn(join(directory, path));

    expect(changes.map(({ state, code }) => `${state} ${code}`)).toEqual([`memory ${code}`]);
    expect(spool.append({ head: Buffer.from("x"), blobs: [] })).toBe(-1);
    await spool.close();
  });

  test("D7 rm -rf of the running spool's directory is noticed at the next write", async () => {
    const { spool, changes } = await openIn(join(directory, "spool"));
    await spool.whenSpooled(spool.append({ head: Buffer.from("first"), blobs: [] }));
    rmSync(join(directory, "spool"), { recursive: true });
    await spool.whenSpooled(spool.append({ head: Buffer.from("second"), blobs: [] }));

    expect(changes).toMatchObject([{ state: "disk", code: "VANISHED", lost: [{ first: 1, last: 1 }] }]);
    expect(await textsOf(spool.read([2]))).toEqual(["second"]);
    await spool.close();
  });

  test("D15 directories have mode 0700 and files 0600", async () => {
    const root = join(directory, "a", "b");
    const { spool } = await openIn(root);
    await spool.whenSpooled(spool.append({ head: Buffer.from("x"), blobs: [] }));

    const incarnation = join(root, readdirSync(root)[0]!);
    expect([root, incarnation].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
    expect(readdirSync(incarnation).sort()).toEqual(["00000001.seg", "ledger", "owner"]);
    for (const file of readdirSync(incarnation)) expect(statSync(join(incarnation, file)).mode & 0o777).toBe(0o600);
    await spool.close();
  });

  test("D15 a directory in which others can write is refused", async () => {
    chmodSync(directory, 0o777);
    const { changes } = await openIn(directory);

    expect(changes).toMatchObject([{ state: "memory", code: "UNSAFE_DIRECTORY" }]);
  });

  test("D15 a planted symbolic link is neither followed nor adopted", async () => {
    const target = join(directory, "target");
    const root = join(directory, "spool");
    for (const path of [target, root]) mkdirSync(path, { mode: 0o700 });
    writeFileSync(join(target, "00000001.seg"), "not yours");
    symlinkSync(target, join(root, `i-000000000001-${"a".repeat(32)}`));
    const { spool } = await openIn(root);
    const { orphans, foreign } = await spool.adopt();

    expect(orphans).toEqual([]);
    expect(foreign).toBe(1);
    expect(readFileSync(join(target, "00000001.seg"), "utf8")).toBe("not yours");
    await spool.close();
  });
});
