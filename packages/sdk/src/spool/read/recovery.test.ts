import { failedSync, processTable, type SimulatedDisk, SPOOL_DIRECTORY, SpoolRun } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { FRAME_MAGIC } from "../format/frame.ts";
import { type Orphan, type OrphanEntry, type ProcessTable, readSpoolAccounts, Spool } from "../index.ts";

/** What a start makes of what others left, on a simulated disk that can be damaged at will. */

const LANES = ["sgp", "otlp"];

interface Recovered {
  readonly spool: Spool;
  readonly orphans: readonly Orphan[];
  readonly entries: readonly OrphanEntry[];
  readonly foreign: number;
}

async function recover(
  run: SpoolRun,
  disk: SimulatedDisk,
  processes: ProcessTable = processTable(2, () => [2]),
): Promise<Recovered> {
  const spool = Spool.open({ directory: SPOOL_DIRECTORY, lanes: LANES, fs: disk, clock: run.clock, processes });
  const { orphans, foreign } = await spool.adopt();
  const entries: OrphanEntry[] = [];
  for (const orphan of orphans) for await (const entry of orphan.read()) entries.push(entry);
  return { spool, orphans, entries, foreign };
}

function afterKill(run: SpoolRun): SimulatedDisk {
  return run.disk.imageAt(run.disk.log.length);
}

async function runWith(records: number, segmentBytes?: number): Promise<SpoolRun> {
  const run = await new SpoolRun(segmentBytes === undefined ? {} : { segmentBytes }).opened();
  for (let count = 1; count <= records; count += 1) {
    run.append(`record ${count}`, ["a prompt"]);
    await run.commit();
  }
  return run;
}

function pathOf(disk: SimulatedDisk, end: string): string {
  const path = disk.files().find((file) => file.endsWith(end));
  if (path === undefined) throw new Error(`no file ends in ${end}: ${disk.files().join(" ")}`);
  return path;
}

const seqsOf = (entries: readonly OrphanEntry[]) => entries.map(({ seq }) => seq);

describe("damage", () => {
  test("D5 a byte flipped anywhere in a segment costs at most its frame, and what is lost is counted", async () => {
    const run = await runWith(3);
    const bytes = afterKill(run).contents(pathOf(run.disk, ".seg")).length;
    for (let offset = 0; offset < bytes; offset += 1) {
      const disk = afterKill(run);
      disk.corrupt(pathOf(disk, ".seg"), (segment) => {
        segment[offset] = segment[offset]! ^ 0xff;
        return segment;
      });
      const { entries, orphans } = await recover(run, disk);

      expect(entries.length).toBeGreaterThanOrEqual(2);
      for (const { lane, recovered, corrupt, crash } of orphans[0]!.report!.lanes) {
        expect({ lane, sum: recovered + corrupt + crash }).toEqual({ lane, sum: 3 });
      }
      for (const { seq, head, isWhole } of entries) {
        expect(Buffer.from(head).toString()).toBe(`record ${seq}`);
        if (entries[0]!.seq === 1) expect(isWhole).toBe(true);
      }
    }
  });

  test("D5 a segment with damage in its middle is kept as .bad once its records are settled", async () => {
    const run = await runWith(3);
    const disk = afterKill(run);
    disk.corrupt(pathOf(disk, ".seg"), (segment) => {
      segment[segment.indexOf("record 2")] = 0;
      return segment;
    });
    const { entries, orphans } = await recover(run, disk);
    expect(seqsOf(entries)).toEqual([1, 3]);
    expect(orphans[0]!.report).toMatchObject({ isExact: true, damagedSegments: 1 });
    expect(orphans[0]!.report!.lanes[0]).toMatchObject({ recovered: 2, corrupt: 1, crash: 0 });

    for (const seq of [1, 3]) for (const lane of LANES) orphans[0]!.settle(lane, seq, "delivered");
    await orphans[0]!.commit();
    expect(disk.files().filter((path) => path.endsWith(".seg.bad"))).toHaveLength(1);
    expect(disk.files().filter((path) => path.endsWith(".seg"))).toEqual([]);
  });

  test("D5 a page that can't be read costs the frames that lie in it, and no other", async () => {
    const run = await new SpoolRun().opened();
    for (let count = 1; count <= 40; count += 1) {
      run.append(`record ${count} ${"x".repeat(400)}`);
      await run.commit();
    }
    const [pageAt, pageEnd] = [8_192, 12_288];
    const disk = afterKill(run);
    const bytes = disk.contents(pathOf(disk, ".seg"));
    const begins: number[] = [];
    for (let at = bytes.indexOf(FRAME_MAGIC); at >= 0; at = bytes.indexOf(FRAME_MAGIC, at + 1)) begins.push(at);
    expect(begins).toHaveLength(40);
    const isHit = (from: number, to: number) => from < pageEnd && to > pageAt;
    const spared = begins.flatMap((at, index) => (isHit(at, begins[index + 1] ?? bytes.length) ? [] : [index + 1]));
    disk.onRead = ({ path, position, bytes }) =>
      path.endsWith(".seg") && isHit(position, position + bytes) ? "EIO" : undefined;
    const { entries, orphans } = await recover(run, disk);

    expect(spared.length).toBeGreaterThan(25);
    expect(seqsOf(entries)).toEqual(spared);
    expect(orphans[0]!.report).toMatchObject({ unreadablePages: 1, isExact: true });
    expect(orphans[0]!.report!.lanes[0]).toMatchObject({ recovered: spared.length, corrupt: 40 - spared.length });
  });

  test("D5 a segment that can't be opened costs nobody else's records, and stays for the next start", async () => {
    const run = await runWith(3);
    const disk = afterKill(run);
    disk.onCall = ({ name, path }) => (name === "open" && path.endsWith(".seg") ? { code: "EIO" } : undefined);
    const spool = Spool.open({
      directory: SPOOL_DIRECTORY,
      lanes: LANES,
      fs: disk,
      clock: run.clock,
      processes: processTable(2, () => [2]),
    });
    const { orphans } = await spool.adopt();
    await expect(async () => {
      for await (const _ of orphans[0]!.read());
    }).rejects.toThrow("EIO");
    await orphans[0]!.commit();
    disk.onCall = () => undefined;
    const again = await recover(
      run,
      disk,
      processTable(3, () => [3]),
    );
    expect(seqsOf(again.entries)).toEqual([1, 2, 3]);
  });

  test("D13 a ledger with any byte changed, or cut anywhere, brings everything unsettled back", async () => {
    const run = await runWith(4);
    for (const lane of LANES) run.settle(lane, 1);
    for (const lane of LANES) run.settle(lane, 3);
    const length = afterKill(run).contents(pathOf(run.disk, "/ledger")).length;
    const damages: ((bytes: Buffer) => Buffer)[] = [];
    for (let at = 0; at < length; at += at % 8192 < 300 ? 1 : 512) {
      damages.push((bytes) => bytes.fill(bytes[at]! ^ 1, at, at + 1));
      damages.push((bytes) => bytes.subarray(0, at));
    }
    for (const damage of damages) {
      const disk = afterKill(run);
      disk.corrupt(pathOf(disk, "/ledger"), damage);
      const { entries } = await recover(run, disk);
      expect(seqsOf(entries)).toEqual(expect.arrayContaining([2, 4]));
    }
  });

  test("D13 a ledger ahead of the segments settles nothing that is there, and one from elsewhere is none", async () => {
    const run = await runWith(2);
    const other = await runWith(9);
    for (let seq = 1; seq <= 9; seq += 1) for (const lane of LANES) other.settle(lane, seq);
    const disk = afterKill(run);
    disk.corrupt(pathOf(disk, "/ledger"), () => other.disk.contents(pathOf(other.disk, "/ledger")));

    expect(seqsOf((await recover(run, disk)).entries)).toEqual([1, 2]);
  });

  test.each([
    ["is empty", () => Buffer.alloc(0)],
    ["is all zeros", (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ["was cut inside its header", (bytes: Buffer) => bytes.subarray(0, 30)],
    ["has its bytes swapped", (bytes: Buffer) => bytes.subarray(0, bytes.length & ~3).swap32()],
  ])("D16 a segment that %s holds no frame; its records are counted, the others come back", async (_, damage) => {
    const run = await runWith(4, 200);
    const disk = afterKill(run);
    disk.corrupt(pathOf(disk, "00000001.seg"), damage);
    const { entries, orphans } = await recover(run, disk);
    const [lane] = orphans[0]!.report!.lanes;

    expect(seqsOf(entries)).toEqual(seqsOf(entries).toSorted((a, b) => a - b));
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.length + lane!.corrupt + lane!.crash).toBe(4);
  });

  test("D16 a tail of zeros, as delayed allocation leaves it, is truncated", async () => {
    const run = await runWith(2);
    const disk = afterKill(run);
    const before = disk.contents(pathOf(disk, ".seg")).length;
    disk.corrupt(pathOf(disk, ".seg"), (bytes) => Buffer.concat([bytes, Buffer.alloc(5_000)]));
    const { entries, orphans } = await recover(run, disk);

    expect(seqsOf(entries)).toEqual([1, 2]);
    expect(orphans[0]!.report!.tornBytes).toBe(5_000);
    expect(disk.contents(pathOf(disk, ".seg"))).toHaveLength(before);
  });

  test("D16 a segment copied from another process's directory is no segment here", async () => {
    const run = await runWith(2);
    const other = await runWith(3);
    const disk = afterKill(run);
    disk.corrupt(pathOf(disk, ".seg"), () => other.disk.contents(pathOf(other.disk, ".seg")));

    expect((await recover(run, disk)).entries).toEqual([]);
  });
});

describe("adoption", () => {
  test("D8 a process that lives is not adopted, one with a re-used process id or from before a restart is", async () => {
    const run = await runWith(1);
    const adopted = async (processes: ProcessTable) => (await recover(run, afterKill(run), processes)).orphans.length;
    const reused: ProcessTable = { ...processTable(2, () => [1, 2]), startTicksOf: (pid) => String(pid * 10 + 1) };

    expect(await adopted(processTable(2, () => [1, 2]))).toBe(0);
    expect(await adopted(processTable(2, () => [2]))).toBe(1);
    expect(await adopted(reused)).toBe(1);
    expect(await adopted(processTable(1, () => [1], "boot-2"))).toBe(1);
  });

  test("D8 a container with the same process id 1 waits until the other's heartbeat is old", async () => {
    const run = await runWith(1);
    const inContainer: ProcessTable = {
      ...processTable(1, () => [1]),
      self: () => ({ pid: 1, startTicks: "10", bootId: "boot-1", pidNamespace: "pid:[2]", host: "pod-2" }),
    };
    const disk = afterKill(run);
    expect((await recover(run, disk, inContainer)).orphans).toHaveLength(0);
    disk.modifiedMs = () => run.clock.wallMs() - 61_000;
    expect((await recover(run, disk, inContainer)).orphans).toHaveLength(1);
  });

  test("D8 a directory that a living process is making is left alone, a dead one's is removed", async () => {
    const run = await runWith(1);
    const disk = afterKill(run);
    const [living, dead] = [7, 8].map((pid) => `${SPOOL_DIRECTORY}/new-${pid}-${"c".repeat(32)}`) as [string, string];
    for (const path of [living, dead]) {
      disk.sync.mkdir(path);
      disk.sync.write(disk.sync.open(`${path}/owner`, "create"), Buffer.from("everspan-owner 1\npid"), 0);
    }
    const { orphans, foreign } = await recover(
      run,
      disk,
      processTable(2, () => [2, 7]),
    );

    expect([orphans.length, foreign]).toEqual([1, 1]);
    expect(disk.sync.status(dead)).toBeUndefined();
    expect(disk.contents(`${living}/owner`).toString()).toBe("everspan-owner 1\npid");
  });

  test("D8 what an adopter left is adopted from it, and not while it lives", async () => {
    const run = await runWith(2);
    const disk = afterKill(run);
    await recover(
      run,
      disk,
      processTable(2, () => [2]),
    );

    expect(
      (
        await recover(
          run,
          disk,
          processTable(3, () => [2, 3]),
        )
      ).orphans,
    ).toHaveLength(0);
    expect(
      seqsOf(
        (
          await recover(
            run,
            disk,
            processTable(4, () => [4]),
          )
        ).entries,
      ),
    ).toEqual([1, 2]);
  });

  test("a spool that was closed while its process lives on leaves its records to anybody", async () => {
    const run = await runWith(2);
    await run.spool.close();

    expect(
      seqsOf(
        (
          await recover(
            run,
            afterKill(run),
            processTable(2, () => [1, 2]),
          )
        ).entries,
      ),
    ).toEqual([1, 2]);
  });

  test("D9 a start reads no segment: 1,000 of them cost their names, and records flow while they are read", async () => {
    const run = await runWith(1_000, 100);
    const disk = afterKill(run);
    const opened: string[] = [];
    disk.onCall = ({ name, path }) => {
      if (name === "open" && path.endsWith(".seg")) opened.push(path);
      return undefined;
    };
    const spool = Spool.open({
      directory: SPOOL_DIRECTORY,
      lanes: LANES,
      fs: disk,
      clock: run.clock,
      processes: processTable(2, () => [2]),
    });
    const { orphans } = await spool.adopt();
    expect(opened).toEqual([]);

    const backlog = orphans[0]!.read();
    for (let count = 1; count <= 1_000; count += 1) {
      expect((await backlog.next()).value).toMatchObject({ seq: count });
      expect(opened.filter((path) => path.includes("~"))).toHaveLength(count);
      if (count % 100 !== 0) continue;
      const isSpooled = spool.whenSpooled(spool.append({ head: Buffer.from("new"), blobs: [] }));
      await run.clock.settle();
      expect(await isSpooled).toBe(true);
    }
  });

  test("what was settled is gone for the next start, also when the process exits within the same turn", async () => {
    const run = await runWith(3);
    const disk = afterKill(run);
    const { spool, orphans, entries } = await recover(run, disk);
    for (const { seq, lanes } of entries) for (const lane of lanes) orphans[0]!.settle(lane, seq, "delivered");
    spool.flushSync();
    const next = await recover(
      run,
      disk.imageAt(disk.log.length),
      processTable(3, () => [3]),
    );
    expect(next.entries).toEqual([]);
  });

  test("a record that was given back is read again, and only that one", async () => {
    const run = await runWith(5);
    const { orphans } = await recover(run, afterKill(run));
    orphans[0]!.settle("sgp", 4, "delivered");
    const again: OrphanEntry[] = [];
    for await (const entry of orphans[0]!.readAgain([2, 4, 9])) again.push(entry);
    expect(again.map(({ seq, lanes }) => [seq, lanes])).toEqual([
      [2, LANES],
      [4, ["otlp"]],
    ]);
  });

  test("D10 newer formats and foreign files are counted and stay as they are", async () => {
    const run = await runWith(2, 100);
    const disk = afterKill(run);
    const incarnation = pathOf(disk, "/owner").replace("/owner", "");
    const write = (path: string, text: string) => disk.sync.write(disk.sync.open(path, "create"), Buffer.from(text), 0);
    write(`${incarnation}/notes.txt`, "mine");
    const newer = `${SPOOL_DIRECTORY}/i-0123456789ab-${"b".repeat(32)}`;
    disk.sync.mkdir(newer);
    write(`${newer}/owner`, "everspan-owner 2\nend\n");
    const { entries, foreign, orphans } = await recover(run, disk);

    expect(seqsOf(entries)).toEqual([1, 2]);
    expect(foreign).toBe(2);
    expect(orphans[0]!.report!.foreign).toBe(1);
    for (const seq of [1, 2]) for (const lane of LANES) orphans[0]!.settle(lane, seq, "delivered");
    await orphans[0]!.commit();
    expect(disk.files().filter((path) => path.endsWith("notes.txt"))).toHaveLength(1);
    expect(disk.contents(`${newer}/owner`).toString()).toBe("everspan-owner 2\nend\n");
  });

  test("D12 a record delivered and not yet settled at the crash comes back; one settled in the ledger does not", async () => {
    const run = await runWith(2);
    run.settle("sgp", 1);
    const written = run.disk.log.length;
    run.spool.settle("otlp", 1);
    const { entries } = await recover(run, run.disk.imageAt(written));

    expect(entries.map(({ seq, lanes }) => [seq, ...lanes])).toEqual([
      [1, "otlp"],
      [2, "sgp", "otlp"],
    ]);
  });

  test("a record comes back only in the lanes that it concerns", async () => {
    const run = await new SpoolRun().opened();
    run.spool.append({ head: Buffer.from("for one"), blobs: [], lanes: ["otlp"] });
    run.spool.flushSync();
    const { entries, orphans } = await recover(run, afterKill(run));

    expect(entries.map(({ lanes }) => lanes)).toEqual([["otlp"]]);
    expect(orphans[0]!.report!.lanes).toMatchObject([
      { recovered: 0, crash: 0 },
      { recovered: 1, crash: 0 },
    ]);
  });

  test("a record that never reached the disk is counted as lost in the crash", async () => {
    const run = await runWith(1);
    run.append("only in memory");
    const { orphans } = await recover(run, afterKill(run));

    expect(orphans[0]!.report!.lanes).toMatchObject([
      { recovered: 1, corrupt: 0, crash: 1 },
      { recovered: 1, corrupt: 0, crash: 1 },
    ]);
  });

  test("the last sign of life is the heartbeat of an idle process, however often it is adopted", async () => {
    const run = await runWith(1);
    await run.clock.advance(35_000);
    const lastBeatMs = run.clock.wallMs() - (run.clock.monotonicMs() % 10_000);
    const disk = afterKill(run);
    await run.clock.advance(500_000);
    const first = await recover(run, disk);
    const again = await recover(
      run,
      disk,
      processTable(3, () => [3]),
    );

    expect(Math.abs(first.orphans[0]!.lastSignOfLifeMs - lastBeatMs)).toBeLessThan(10_000);
    const sameOrphan = again.orphans.find(({ id }) => id === first.orphans[0]!.id)!;
    expect(sameOrphan.lastSignOfLifeMs).toBe(first.orphans[0]!.lastSignOfLifeMs);
  });
});

describe("accounts", () => {
  test("the accounts of a directory can be read while its process lives, and nothing is adopted", async () => {
    const run = await runWith(3);
    run.settle("sgp", 1);
    const account = () =>
      readSpoolAccounts(SPOOL_DIRECTORY, { fs: run.disk, clock: run.clock, processes: processTable(2, () => [1, 2]) });

    expect(await account()).toMatchObject([
      {
        isHeld: true,
        pid: 1,
        segments: 1,
        lanes: [
          { lane: "sgp", created: 3, delivered: 1, coalesced: 0, dropped: 0, pending: 2 },
          { lane: "otlp", created: 3, delivered: 0, coalesced: 0, dropped: 0, pending: 3 },
        ],
      },
    ]);
    expect(await account()).toHaveLength(1);
    expect(run.append("still its own")).toBe(4);
  });
});

describe("crashes of the recovery itself", () => {
  test("D14 a crash after any operation of a recovery loses nothing, and the next one ends it", async () => {
    const run = await failedSync();
    const whole = afterKill(run);
    const first = await recover(run, whole);
    for (const seq of [1, 2]) for (const lane of LANES) first.orphans[0]!.settle(lane, seq, "delivered");
    await first.orphans[0]!.commit();
    for (let at = 0; at <= whole.log.length; at += 1) {
      const { entries } = await recover(
        run,
        whole.imageAt(at),
        processTable(3, () => [3]),
      );
      expect(seqsOf(entries)).toContain(3);
    }
  });

  test("D14 segments that are settled and removed while the next ones are read take nothing with them", async () => {
    const run = await runWith(6, 100);
    const disk = afterKill(run);
    const spool = Spool.open({
      directory: SPOOL_DIRECTORY,
      lanes: LANES,
      fs: disk,
      clock: run.clock,
      processes: processTable(2, () => [2]),
    });
    const { orphans } = await spool.adopt();
    const seen: number[] = [];
    for await (const { seq } of orphans[0]!.read()) {
      seen.push(seq);
      for (const lane of LANES) orphans[0]!.settle(lane, seq, "delivered");
      await orphans[0]!.commit();
    }

    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(orphans[0]!.report!.lanes.map(({ crash }) => crash)).toEqual([0, 0]);
  });

  test("D14 a hundred crashes in a row, each after one record was settled, still drain the spool", async () => {
    const run = await runWith(100, 2_000);
    let disk = afterKill(run);
    for (let count = 1; count <= 100; count += 1) {
      const { entries, orphans } = await recover(
        run,
        disk,
        processTable(count + 1, () => [count + 1]),
      );
      expect(entries).toHaveLength(101 - count);
      const orphan = orphans.find((one) => !one.isDrained)!;
      for (const lane of LANES) orphan.settle(lane, entries[0]!.seq, "delivered");
      await orphan.commit();
      disk = disk.imageAt(disk.log.length);
    }
    expect(
      (
        await recover(
          run,
          disk,
          processTable(200, () => [200]),
        )
      ).entries,
    ).toEqual([]);
  });
});

describe("the window in which a segment is read", () => {
  const WINDOW = 256 * 1024;

  /** Three records in frames of their own, the first of so many bytes of text. */
  async function threeRecords(textBytes: number) {
    const run = await new SpoolRun({ segmentBytes: 4 * WINDOW }).opened();
    for (const text of ["f".repeat(textBytes), "second", "third"]) {
      run.append(text);
      await run.commit();
    }
    return run;
  }

  test("frames of which a header or a payload lies across its edge are read like others", async () => {
    const small = await threeRecords(1);
    const frame = afterKill(small).contents(pathOf(small.disk, ".seg")).indexOf(FRAME_MAGIC, 100) - 1;
    // From the edge within the first frame to the edge behind the third, a byte at a time.
    for (let behind = -20; behind < 140; behind += 1) {
      const text = WINDOW - frame - behind;
      const run = await threeRecords(text);
      const { entries, orphans } = await recover(run, afterKill(run));
      expect({ behind, seqs: seqsOf(entries) }).toEqual({ behind, seqs: [1, 2, 3] });
      expect(entries.map(({ head }) => head.length)).toEqual([text, 6, 5]);
      expect(orphans[0]!.report).toMatchObject({ damagedBytes: 0 });
    }
  });
});
