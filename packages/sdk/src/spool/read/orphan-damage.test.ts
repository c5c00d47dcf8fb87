/** What a dead process left is damaged, or can't be written to. */
import {
  adoptFrom,
  afterKill,
  entriesOf,
  pathEndingIn,
  RUN_LANES,
  type SimulatedDisk,
  SPOOL_DIRECTORY,
  segmentPaths,
  settleInAllLanes,
  spoolRunOf,
} from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { runSync } from "../disk/steps.ts";
import { crc32c } from "../format/crc32c.ts";
import { LedgerWriter } from "../format/ledger-file.ts";
import { segmentOrdinal } from "../format/segment.ts";
import { SeqSet } from "../format/seq-set.ts";

const HEADER_BYTES = 64;
const seqsOf = (entries: readonly { readonly seq: number }[]) => entries.map(({ seq }) => seq);

/** The nth segment, in the order in which they were written. */
const segment = (disk: SimulatedDisk, ordinal: number) =>
  segmentPaths(disk).find((path) => segmentOrdinal(path.split("/").at(-1)!) === ordinal)!;

function asNewer(header: Buffer): Buffer {
  header.writeUInt16LE(9, 8);
  header.writeUInt32LE(crc32c(header, 0, 0, 60), 60);
  return header;
}

describe("of what a dead process left", () => {
  test("a record that lies there twice is read once, and done with once", async () => {
    const run = await spoolRunOf(3);
    const disk = afterKill(run);
    disk.corrupt(segment(disk, 1), (bytes) => Buffer.concat([bytes, bytes.subarray(HEADER_BYTES)]));
    const { orphan } = await adoptFrom(disk, run.clock);
    const entries = await entriesOf(orphan.read());
    expect(seqsOf(entries)).toEqual([1, 2, 3]);
    expect(orphan.report).toMatchObject({ records: 3, duplicates: 3, damagedBytes: 0, tornBytes: 0 });
    settleInAllLanes(orphan, entries);
    expect(orphan.isDrained).toBe(true);
  });

  test("a record whose blob is lost comes in part, and the one that lay beside the blob is lost", async () => {
    const run = await spoolRunOf(2);
    const disk = afterKill(run);
    disk.corrupt(segment(disk, 1), (bytes) => {
      bytes[HEADER_BYTES + 40]! ^= 1;
      return bytes;
    });
    const { orphan } = await adoptFrom(disk, run.clock);
    const entries = await entriesOf(orphan.read());
    expect(entries.map(({ seq, isWhole }) => [seq, isWhole])).toEqual([[2, false]]);
    expect(orphan.report).toMatchObject({ records: 1, partialRecords: 1, damagedSegments: 1 });
    expect(orphan.report!.lanes.map(({ corrupt, crash }) => [corrupt, crash])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    settleInAllLanes(orphan, entries);
    await orphan.commit();
    expect(segmentPaths(disk)).toEqual([]);
    expect(disk.files(), "kept for whoever looks for the damage").toContain(
      `${SPOOL_DIRECTORY}/bad/${orphan.id}-00000001.seg.bad`,
    );
  });

  test("a damaged segment that can't be set aside stays where it is", async () => {
    const run = await spoolRunOf(2);
    const disk = afterKill(run);
    disk.corrupt(segment(disk, 1), (bytes) => bytes.fill(7, HEADER_BYTES, HEADER_BYTES + 50));
    const { orphan } = await adoptFrom(disk, run.clock);
    const entries = await entriesOf(orphan.read());
    disk.onCall = ({ name, path }) => (name === "rename" && path.endsWith(".seg") ? { code: "EIO" } : undefined);
    settleInAllLanes(orphan, entries);
    await orphan.commit();
    expect(segmentPaths(disk)).toEqual([expect.stringContaining(orphan.id)]);
    expect(orphan.bytes).toBeGreaterThan(0);
  });

  test("a torn end is cut off the newest segment while records in it wait, and the file is closed", async () => {
    const run = await spoolRunOf(2, { segmentBytes: 100 });
    const disk = afterKill(run);
    const lengths = [1, 2].map((ordinal) => disk.contents(segment(disk, ordinal)).length);
    for (const ordinal of [1, 2])
      disk.corrupt(segment(disk, ordinal), (bytes) => Buffer.concat([bytes, Buffer.alloc(9, 1)]));
    const { orphan } = await adoptFrom(disk, run.clock);
    await entriesOf(orphan.read());
    const openFiles = disk.openFiles;
    expect(orphan.report).toMatchObject({ tornBytes: 18, damagedBytes: 0, damagedSegments: 0 });
    const left = () => [1, 2].map((ordinal) => disk.contents(segment(disk, ordinal)).length);
    expect(left()).toEqual([lengths[0]! + 9, lengths[1]]);
    const truncations = () => disk.log.filter(({ kind }) => kind === "truncate").length;
    expect(truncations()).toBe(1);
    orphan.settle("sgp", 2, "delivered");
    await orphan.commit();
    expect([truncations(), disk.openFiles]).toEqual([1, openFiles]);
  });

  test("a segment of a newer version is nobody's but that version's", async () => {
    const run = await spoolRunOf(2, { segmentBytes: 100 });
    const disk = afterKill(run);
    disk.corrupt(segment(disk, 2), asNewer);
    const { orphan } = await adoptFrom(disk, run.clock);
    const entries = await entriesOf(orphan.read());
    expect(seqsOf(entries)).toEqual([1]);
    expect(orphan.report).toMatchObject({ foreign: 1, damagedSegments: 0, tornBytes: 0 });
    settleInAllLanes(orphan, entries);
    orphan.tell();
    await orphan.commit();
    expect(segmentPaths(disk).map((path) => path.slice(-5, -4))).toEqual(["2"]);
  });
});

describe("a dead process's ledger", () => {
  const ledgerAt = (disk: SimulatedDisk) => disk.contents(pathEndingIn(disk, "/ledger"));

  test("that is older than the records says less than they do: the account is no longer exact", async () => {
    const run = await spoolRunOf(1);
    const old = ledgerAt(run.disk);
    for (const text of ["second", "third"]) {
      run.append(text);
      await run.commit();
    }
    const disk = afterKill(run);
    disk.corrupt(pathEndingIn(disk, "/ledger"), () => old);
    const { orphan } = await adoptFrom(disk, run.clock);
    expect(await entriesOf(orphan.read())).toHaveLength(3);
    expect(orphan.report).toMatchObject({ isExact: false, records: 3 });
    // Whoever comes next finds what this one found out.
    const next = await adoptFrom(disk.imageAt(disk.log.length), run.clock, { pid: 3 });
    const again = next.orphans.find(({ id }) => id === orphan.id)!;
    expect(await entriesOf(again.read())).toHaveLength(3);
    expect(again.report).toMatchObject({ isExact: true });
  });

  test("is exact where no record was read, too", async () => {
    const run = await spoolRunOf(0);
    run.append("only in memory");
    const disk = afterKill(run);
    const { orphan } = await adoptFrom(disk, run.clock);
    await entriesOf(orphan.read());
    expect(orphan.report).toMatchObject({ isExact: true, records: 0, lanes: [{ crash: 1 }, { crash: 1 }] });
  });

  test("that knows fewer lanes than the owner says nothing of the others", async () => {
    const run = await spoolRunOf(2);
    const disk = afterKill(run);
    const path = pathEndingIn(disk, "/ledger");
    const id = /i-[0-9a-f]{12}-([0-9a-f]{32})/.exec(path)![1]!;
    const slot = { captured: 2, writtenMs: 5, lanes: [] };
    const fd = disk.sync.open(path, "write");
    for (const generation of [100, 101]) runSync(disk, new LedgerWriter(id, generation).write(fd, slot));
    const { orphan } = await adoptFrom(disk, run.clock);
    expect([...orphan.inherited.values()]).toEqual(RUN_LANES.map(() => ({ dropped: 0, maybeDelivered: 0 })));
    const entries = await entriesOf(orphan.read());
    expect(entries.map(({ seq, lanes, doubtful }) => [seq, lanes, doubtful])).toEqual([
      [1, RUN_LANES, []],
      [2, RUN_LANES, []],
    ]);
  });

  test("keeps what may have been delivered of the losses that a crash brought", async () => {
    const run = await spoolRunOf(1, {
      doubtOf: () => ({ seqs: SeqSet.of([{ first: 2, last: 2 }]), unnumbered: 0, maybeDelivered: 0 }),
    });
    run.append("only in memory");
    const disk = afterKill(run);
    const { orphan } = await adoptFrom(disk, run.clock);
    await entriesOf(orphan.read());
    expect(orphan.report!.lanes.map(({ crash, maybeDelivered }) => [crash, maybeDelivered])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    const next = await adoptFrom(disk.imageAt(disk.log.length), run.clock, { pid: 3 });
    const again = next.orphans.find(({ id }) => id === orphan.id)!;
    expect([...again.inherited]).toEqual(RUN_LANES.map((lane) => [lane, { dropped: 1, maybeDelivered: 1 }]));
  });
});
