import { ManualClock, SimulatedDisk } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { FRAME_HEADER_BYTES, sealFrame } from "../format/frame.ts";
import { SEGMENT_HEADER_BYTES } from "../format/segment.ts";
import { SegmentScanner } from "./segment-scanner.ts";

const SALT = 77;
const PAGE = 4096;
const CHUNK = 256 * 1024;

function frame(payloadBytes: number, firstSeq: number, salt = SALT): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payloadBytes, firstSeq);
  sealFrame(bytes, 0, { payloadBytes, recordCount: 1, firstSeq, writtenMs: 0, firstBlob: 0 }, salt);
  return bytes;
}

const HEADER = Buffer.alloc(SEGMENT_HEADER_BYTES);

function fileOf(...parts: Buffer[]): { disk: SimulatedDisk; bytes: number; scanner: SegmentScanner } {
  const disk = new SimulatedDisk(new ManualClock());
  const content = Buffer.concat([HEADER, ...parts]);
  const fd = disk.sync.open("/segment", "create");
  disk.corrupt("/segment", () => content);
  return { disk, bytes: content.length, scanner: new SegmentScanner(disk.offLoop, fd, SALT, content.length) };
}

async function seqsOf(scanner: SegmentScanner): Promise<number[]> {
  const found: number[] = [];
  for (let next = await scanner.next(); next !== undefined; next = await scanner.next()) {
    const { header, payload } = next;
    expect(payload).toHaveLength(header.payloadBytes);
    expect(payload.every((byte) => byte === header.firstSeq)).toBe(true);
    found.push(header.firstSeq);
  }
  expect(await scanner.next()).toBeUndefined();
  return found;
}

const junk = (bytes: number) => Buffer.alloc(bytes, 0xee);

describe("a segment's frames are found", () => {
  test.each<[what: string, parts: Buffer[], seqs: number[], damaged: number, tail: number]>([
    ["where there are none", [], [], 0, 0],
    ["one behind the other", [frame(0, 1), frame(10, 2), frame(5, 3)], [1, 2, 3], 0, 0],
    ["behind junk", [junk(7), frame(10, 2)], [2], 7, 0],
    ["between junk", [frame(3, 1), junk(9), frame(10, 2), junk(5)], [1, 2], 9, 5],
    ["behind one of another segment", [frame(3, 1, SALT + 1), frame(4, 2)], [2], FRAME_HEADER_BYTES + 3, 0],
    ["not where the last one is cut", [frame(3, 1), frame(10, 2).subarray(0, -1)], [1], 0, FRAME_HEADER_BYTES + 9],
    ["not where a header is cut", [frame(3, 1), frame(10, 2).subarray(0, 31)], [1], 0, 31],
    ["not in less than a header", [junk(31)], [], 0, 31],
    ["behind a magic that leads nowhere", [Buffer.from("EvFrEvFr"), frame(1, 4)], [4], 8, 0],
    ["behind a magic that ends at the end", [frame(1, 4), junk(40), Buffer.from("EvFr")], [4], 0, 44],
    ["behind more junk than is read together", [junk(CHUNK + 3), frame(10, 2)], [2], CHUNK + 3, 0],
    [
      "where a magic lies across what is read together",
      [junk(CHUNK - SEGMENT_HEADER_BYTES - 2), frame(10, 2), frame(9, 3)],
      [2, 3],
      CHUNK - SEGMENT_HEADER_BYTES - 2,
      0,
    ],
    ["larger than what is read together", [frame(3 * CHUNK, 1), frame(1, 2)], [1, 2], 0, 0],
  ])("%s", async (_what, parts, seqs, damaged, tail) => {
    const { scanner, bytes } = fileOf(...parts);
    expect(await seqsOf(scanner)).toEqual(seqs);
    expect([scanner.damagedBytes, scanner.tailBytes, scanner.unreadablePages]).toEqual([damaged, tail, 0]);
    expect(scanner.validEnd).toBe(bytes - tail);
  });

  test("behind the last, once more of the file is written", async () => {
    const { disk, bytes, scanner } = fileOf(frame(5, 1), frame(6, 2).subarray(0, 20));
    expect(await seqsOf(scanner)).toEqual([1]);
    const end = bytes - 20;
    disk.sync.write(disk.sync.open("/segment", "write"), Buffer.concat([frame(6, 2), frame(7, 3)]), end);
    scanner.growTo(end + 2 * FRAME_HEADER_BYTES + 13);
    expect(await seqsOf(scanner)).toEqual([2, 3]);
    expect([scanner.damagedBytes, scanner.tailBytes]).toEqual([0, 0]);
  });

  test("as far as the file is said to go, and its tail is never less than nothing", async () => {
    const { disk, scanner } = fileOf(frame(5, 1), frame(6, 2));
    const first = new SegmentScanner(disk.offLoop, 3, SALT, SEGMENT_HEADER_BYTES + FRAME_HEADER_BYTES + 5);
    expect(await seqsOf(first)).toEqual([1]);
    expect(new SegmentScanner(disk.offLoop, 3, SALT, 0).tailBytes).toBe(0);
    expect(await seqsOf(scanner)).toEqual([1, 2]);
  });

  test("in one read where the file is no longer than what is read together", async () => {
    const { disk, scanner } = fileOf(...Array.from({ length: 50 }, (_, i) => frame(100, i + 1)));
    const reads: number[] = [];
    disk.onRead = ({ position }) => {
      reads.push(position);
      return undefined;
    };
    expect(await seqsOf(scanner)).toHaveLength(50);
    expect(reads).toEqual([SEGMENT_HEADER_BYTES]);
  });

  test("in a file of which no byte is read twice", async () => {
    const { disk, scanner, bytes } = fileOf(...Array.from({ length: 40 }, (_, i) => frame(50_000, i + 1)));
    let read = 0;
    const { read: readSync } = disk.sync;
    Object.assign(disk.sync, {
      read: (...args: Parameters<typeof readSync>) => {
        const count = readSync(...args);
        read += count;
        return count;
      },
    });
    expect(await seqsOf(scanner)).toHaveLength(40);
    expect(read).toBe(bytes - SEGMENT_HEADER_BYTES);
  });
});

describe("a disk that can't read", () => {
  const frames = Array.from({ length: 12 }, (_, i) => frame(2_000, i + 1));
  const placeOf = (index: number) => SEGMENT_HEADER_BYTES + index * (FRAME_HEADER_BYTES + 2_000);

  /** The frames that lie in no such page. */
  const outside = (pages: readonly number[]) =>
    frames.flatMap((_, index) => {
      const first = Math.floor(placeOf(index) / PAGE);
      const last = Math.floor((placeOf(index + 1) - 1) / PAGE);
      return pages.some((page) => page >= first && page <= last) ? [] : [index + 1];
    });

  test.each([[[0]], [[1]], [[2, 3]], [[5]], [[0, 2, 4]]])("its pages %j costs the frames in them", async (pages) => {
    const { disk, scanner } = fileOf(...frames);
    disk.onRead = ({ position, bytes }) =>
      pages.some((page) => position < (page + 1) * PAGE && position + bytes > page * PAGE) ? "EIO" : undefined;
    expect(await seqsOf(scanner)).toEqual(outside(pages));
    expect(scanner.unreadablePages).toBe(pages.length);
  });

  test("at its first try costs nothing", async () => {
    const { disk, scanner } = fileOf(...frames);
    let left = 1;
    disk.onRead = () => (left-- > 0 ? "EIO" : undefined);
    expect(await seqsOf(scanner)).toHaveLength(12);
    expect(scanner.unreadablePages).toBe(0);
  });

  test("more than a few bytes together is read on", async () => {
    const { disk, scanner } = fileOf(...frames);
    const { read } = disk.sync;
    Object.assign(disk.sync, {
      read: (fd: number, target: Uint8Array, position: number) => read(fd, target.subarray(0, 777), position),
    });
    expect(await seqsOf(scanner)).toHaveLength(12);
  });

  test("what the file was said to hold, because it is shorter by now, ends there", async () => {
    const { disk, bytes } = fileOf(...frames);
    const scanner = new SegmentScanner(disk.offLoop, 3, SALT, bytes + 10 * PAGE);
    expect(await seqsOf(scanner)).toHaveLength(12);
    expect(scanner.tailBytes).toBe(10 * PAGE);
    let isFirst = true;
    disk.onRead = () => {
      const code = isFirst ? "EIO" : undefined;
      isFirst = false;
      return code;
    };
    expect(await seqsOf(new SegmentScanner(disk.offLoop, 3, SALT, bytes + 10 * PAGE))).toHaveLength(12);
  });
});
