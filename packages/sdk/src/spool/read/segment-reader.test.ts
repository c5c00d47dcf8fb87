import { ManualClock, SimulatedDisk } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { crc32c } from "../format/crc32c.ts";
import type { StoredEntry } from "../format/entries.ts";
import { segmentHeader, segmentSalt } from "../format/segment.ts";
import { SegmentEncoder } from "../write/segment-encoder.ts";
import { readSegment, SegmentReader } from "./segment-reader.ts";

const ID = "0123456789abcdef".repeat(2);
const PLACE = { path: "/segment", incarnationId: ID, ordinal: 3 };
const HEADER = segmentHeader(ID, 3, 5, 1_000);

function framesOf(...seqs: number[]): Buffer {
  const encoder = new SegmentEncoder(segmentSalt(ID, 3));
  const entry = (seq: number) => ({ seq, head: Buffer.from(`record ${seq}`), blobs: [], lanes: 3 });
  return Buffer.concat(seqs.map((seq) => encoder.encode([entry(seq)], 2_000 + seq)));
}

function newerHeader(): Buffer {
  const header = Buffer.from(HEADER);
  header.writeUInt16LE(9, 8);
  header.writeUInt32LE(crc32c(header, 0, 0, 60), 60);
  return header;
}

function diskWith(...parts: Buffer[]): SimulatedDisk {
  const disk = new SimulatedDisk(new ManualClock());
  disk.sync.close(disk.sync.open("/segment", "create"));
  disk.corrupt("/segment", () => Buffer.concat(parts));
  return disk;
}

async function readAll(disk: SimulatedDisk, place = PLACE) {
  const entries: StoredEntry[] = [];
  const stored = readSegment(disk.offLoop, place);
  for (let next = await stored.next(); ; next = await stored.next()) {
    if (next.done) return { entries, findings: next.value };
    entries.push(next.value);
  }
}

const CLEAN = { damagedBytes: 0, tailBytes: 0, unreadablePages: 0 };
const frames = framesOf(5, 6);
const end = 64 + frames.length;

describe("what is found in a segment", () => {
  test.each<[what: string, parts: Buffer[], seqs: number[], findings: object]>([
    ["records", [HEADER, frames], [5, 6], { kind: "read", records: 2, ...CLEAN, validEnd: end }],
    ["a header alone", [HEADER], [], { kind: "read", records: 0, ...CLEAN, validEnd: 64 }],
    [
      "records behind a damaged header",
      [Buffer.alloc(64, 7), frames],
      [5, 6],
      { kind: "read", records: 2, ...CLEAN, validEnd: end },
    ],
    [
      "a torn end",
      [HEADER, frames, Buffer.alloc(9, 1)],
      [5, 6],
      { kind: "read", records: 2, ...CLEAN, tailBytes: 9, validEnd: end },
    ],
    ["a newer version", [newerHeader(), frames], [], { kind: "foreign", records: 0, ...CLEAN, validEnd: 64 }],
    ["nothing", [], [], { kind: "empty", records: 0, ...CLEAN, validEnd: 64 }],
    ["a torn header", [HEADER.subarray(0, 63)], [], { kind: "empty", records: 0, ...CLEAN, validEnd: 64 }],
    ["zeros", [Buffer.alloc(200_000)], [], { kind: "empty", records: 0, ...CLEAN, tailBytes: 199_936, validEnd: 64 }],
    [
      "zeros, but for the last byte",
      [Buffer.alloc(200_000), Buffer.of(1)],
      [],
      { kind: "unparsable", records: 0, ...CLEAN, tailBytes: 199_937, validEnd: 64 },
    ],
    ["something else", [Buffer.alloc(64, 7)], [], { kind: "unparsable", records: 0, ...CLEAN, validEnd: 64 }],
  ])("%s", async (_what, parts, seqs, findings) => {
    const disk = diskWith(...parts);
    const read = await readAll(disk);
    expect(read.entries.map(({ seq }) => seq)).toEqual(seqs);
    expect(read.findings).toEqual(findings);
    expect(disk.openFiles).toBe(0);
  });

  test("is nothing where there is no file", async () => {
    const disk = diskWith();
    disk.sync.mkdir("/directory");
    for (const path of ["/none", "/directory"]) {
      expect((await readAll(disk, { ...PLACE, path })).findings).toMatchObject({ kind: "empty", records: 0 });
    }
  });

  test("is each record as it was written", async () => {
    const { entries } = await readAll(diskWith(HEADER, frames));
    expect(entries[1]).toEqual({
      seq: 6,
      head: Buffer.from("record 6"),
      blobs: [],
      isWhole: true,
      lanes: 3,
      writtenMs: 2_006,
    });
  });

  test("on a disk that can't read its beginning is what lies behind that", async () => {
    const far = Buffer.alloc(5_000);
    const disk = diskWith(HEADER, far, frames);
    disk.onRead = ({ position }) => (position < 4_096 ? "EIO" : undefined);
    const { entries, findings } = await readAll(disk);
    expect(entries.map(({ seq }) => seq)).toEqual([5, 6]);
    expect(findings).toMatchObject({ kind: "read", unreadablePages: 1 });
  });

  test("on a disk that can't read it at all is not nothing", async () => {
    const disk = diskWith(Buffer.alloc(100));
    disk.onRead = () => "EIO";
    expect((await readAll(disk)).findings).toMatchObject({ kind: "unparsable", unreadablePages: 1 });
  });

  test("closes its file when the reader stops in the middle", async () => {
    const disk = diskWith(HEADER, frames);
    for await (const { seq } of readSegment(disk.offLoop, PLACE)) if (seq === 5) break;
    expect(disk.openFiles).toBe(0);
  });
});

test("a reader goes on behind the last record, once more is written", async () => {
  const disk = diskWith(HEADER, frames);
  const reader = await SegmentReader.open(disk.offLoop, PLACE, 64 + framesOf(5).length);
  expect((await reader.next())?.seq).toBe(5);
  expect(await reader.next()).toBeUndefined();
  reader.growTo(end);
  expect((await reader.next())?.seq).toBe(6);
  expect(await reader.next()).toBeUndefined();
  const foreign = await SegmentReader.open(diskWith(newerHeader(), frames).offLoop, PLACE, 64);
  foreign.growTo(end);
  expect(await foreign.next()).toBeUndefined();
});
