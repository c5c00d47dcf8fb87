import { describe, expect, test } from "vitest";
import { contentBytes, SpoolText } from "./content.ts";
import { DOUBT_BYTES, readDoubt, writeDoubt } from "./doubt.ts";
import { FRAME_HEADER_BYTES, FRAME_MAGIC, isIntact, readFrameHeader, sealFrame } from "./frame.ts";
import { itemBytesLimit, readItems, writeBlobItem, writeRecordItem } from "./items.ts";
import { readSegmentHeader, segmentHeader, segmentName, segmentOrdinal, segmentSalt } from "./segment.ts";
import { RANGE_BYTES_LIMIT } from "./seq-ranges.ts";
import { SeqSet } from "./seq-set.ts";
import { readU64, writeU64 } from "./u64.ts";
import { readVarint, VARINT_BYTES_LIMIT, writeVarint } from "./varint.ts";

/** What lies in the spool's files, byte by byte, as `docs/formats/spool.md` has it. */

const ID = "0123456789abcdef0123456789abcdef";

describe("a number", () => {
  test.each<[value: number, bytes: number[]]>([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [300, [0xac, 2]],
    [16_383, [0xff, 0x7f]],
    [16_384, [0x80, 0x80, 1]],
    [2 ** 32, [0x80, 0x80, 0x80, 0x80, 0x10]],
    [Number.MAX_SAFE_INTEGER, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])("%i is in groups of seven bits", (value, bytes) => {
    const target = Buffer.alloc(12, 0xee);
    expect(writeVarint(target, 2, value)).toBe(2 + bytes.length);
    expect([...target.subarray(2, 2 + bytes.length)]).toEqual(bytes);
    expect(readVarint(target, 2)).toEqual({ value, at: 2 + bytes.length });
    expect(bytes.length).toBeLessThanOrEqual(VARINT_BYTES_LIMIT);
  });

  test("that ends within itself is an error", () => {
    expect(() => readVarint(Buffer.of(0x80), 0)).toThrow(RangeError);
  });

  test.each([0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER])(
    "%i is 64 bits, the lowest first",
    (value) => {
      const target = Buffer.alloc(10);
      writeU64(target, value, 1);
      expect(target.readBigUInt64LE(1)).toBe(BigInt(value));
      expect(readU64(target, 1)).toBe(value);
    },
  );
});

describe("a frame", () => {
  const header = { payloadBytes: 5, recordCount: 3, firstSeq: 2 ** 40, writtenMs: 1_769_860_800_123, firstBlob: 9 };
  const sealed = (salt = 7, changes = {}) => {
    const bytes = Buffer.alloc(4 + FRAME_HEADER_BYTES + 5 + 4, 0xee);
    bytes.write("hello", 4 + FRAME_HEADER_BYTES);
    sealFrame(bytes, 4, { ...header, ...changes }, salt);
    return bytes;
  };

  test("says what it holds, and is whole under its own salt alone", () => {
    const bytes = sealed();
    expect(bytes.subarray(4, 8)).toEqual(FRAME_MAGIC);
    expect(readFrameHeader(bytes, 4)).toEqual(header);
    expect(isIntact(bytes, 4, header, 7)).toBe(true);
    expect(isIntact(bytes, 4, header, 8)).toBe(false);
    expect(isIntact(bytes.subarray(0, 4 + FRAME_HEADER_BYTES + 5), 4, header, 7)).toBe(true);
    expect(isIntact(bytes.subarray(0, 4 + FRAME_HEADER_BYTES + 4), 4, header, 7)).toBe(false);
  });

  test("notices every changed byte of its header and of its payload, and no other", () => {
    for (let at = 0; at < sealed().length; at += 1) {
      const bytes = sealed();
      bytes[at]! ^= 1;
      const read = readFrameHeader(bytes, 4);
      const isOurs = read !== undefined && isIntact(bytes, 4, read, 7);
      expect(isOurs).toBe(at < 4 || at >= 4 + FRAME_HEADER_BYTES + 5);
    }
  });

  test.each([0, 3, 4, 5])("is none where byte %i says something else", (offset) => {
    const bytes = sealed();
    bytes[4 + offset]! ^= 1;
    expect(readFrameHeader(bytes, 4)).toBeUndefined();
  });

  test("is none where there is no room for a header", () => {
    const bytes = sealed();
    expect(readFrameHeader(bytes.subarray(0, 4 + FRAME_HEADER_BYTES), 4)).toEqual(header);
    expect(readFrameHeader(bytes.subarray(0, 4 + FRAME_HEADER_BYTES - 1), 4)).toBeUndefined();
  });

  test("of a clock before 1970 was written at its beginning, and in whole milliseconds", () => {
    expect(readFrameHeader(sealed(7, { writtenMs: -5 }), 4)?.writtenMs).toBe(0);
    expect(readFrameHeader(sealed(7, { writtenMs: 12.9 }), 4)?.writtenMs).toBe(12);
  });
});

describe("the items of a frame", () => {
  const text = (value: string) => Buffer.from(value);

  test.each(["", "plain \u007f", "\u0080", "naïve", "漢", "\u{1f600}", "half \ud83d", "x".repeat(300)])(
    "a text is written as its UTF-8: %j",
    (content) => {
      const [asText, asBytes] = [Buffer.alloc(1_000), Buffer.alloc(1_000)];
      const end = writeBlobItem(asText, 0, 1, [], new SpoolText(content));
      expect(end).toBe(writeBlobItem(asBytes, 0, 1, [], text(content)));
      expect(asText.equals(asBytes)).toBe(true);
      expect(contentBytes(new SpoolText(content))).toEqual(text(content));
    },
  );

  test("come back as they were written, with the names of their blobs", () => {
    const target = Buffer.alloc(400, 0xee);
    let at = writeBlobItem(target, 0, 10, [], text("first"));
    at = writeBlobItem(target, at, 11, [10, 3], text(""));
    const record = { lanes: 0x8000_0001 | 0, names: [11, 10], head: text("head"), carriedSeq: undefined };
    at = writeRecordItem(target, at, 12, record);
    at = writeRecordItem(target, at, 12, { lanes: 1, names: [], head: text("carried"), carriedSeq: 2 ** 40 });
    at = writeBlobItem(target, at, 12, [11], text("last"));
    expect([...readItems(target.subarray(0, at), 10)]).toEqual([
      { kind: "blob", number: 10, names: [], bytes: text("first") },
      { kind: "blob", number: 11, names: [10, 3], bytes: text("") },
      { kind: "record", carriedSeq: undefined, lanes: 0x8000_0001, names: [11, 10], head: text("head") },
      { kind: "record", carriedSeq: 2 ** 40, lanes: 1, names: [], head: text("carried") },
      { kind: "blob", number: 12, names: [11], bytes: text("last") },
    ]);
    expect(at).toBeLessThanOrEqual(
      itemBytesLimit(0, 5) + itemBytesLimit(2, 0) + itemBytesLimit(2, 4) + itemBytesLimit(0, 7) + itemBytesLimit(1, 4),
    );
  });

  test("end at a kind that a later version may have added", () => {
    const target = Buffer.alloc(100);
    const at = writeBlobItem(target, 0, 1, [], text("a"));
    target[at] = 4;
    expect([...readItems(target.subarray(0, at + 5), 1)]).toHaveLength(1);
    expect([...readItems(Buffer.alloc(0), 1)]).toEqual([]);
  });
});

describe("a segment", () => {
  test.each([
    [0, "00000000.seg"],
    [255, "000000ff.seg"],
    [0xffffffff, "ffffffff.seg"],
  ])("of the number %i is called %s", (ordinal, name) => {
    expect(segmentName(ordinal)).toBe(name);
    expect(segmentOrdinal(name)).toBe(ordinal);
  });

  test.each(["0000000.seg", "000000000.seg", "0000000A.seg", "00000000.seg.tmp", "x00000000.seg", "00000000xseg"])(
    "is not called %s",
    (name) => {
      expect(segmentOrdinal(name)).toBeUndefined();
    },
  );

  test("has a salt of its own, and a header that says where its records begin", () => {
    expect(segmentSalt(ID, 1)).not.toBe(segmentSalt(ID, 2));
    expect(segmentSalt(ID, 1)).not.toBe(segmentSalt(ID.replace("0", "1"), 1));
    const header = segmentHeader(ID, 3, 2 ** 33, -5);
    expect(header.subarray(0, 8).toString("latin1")).toBe("EVSPSEG\n");
    expect([header.length, header.readUInt16LE(8), header.readUInt16LE(10), header.readUInt32LE(12)]).toEqual([
      64, 2, 64, 3,
    ]);
    expect(header.toString("hex", 16, 32)).toBe(ID);
    expect([readU64(header, 32), readU64(header, 40)]).toEqual([2 ** 33, 0]);
    expect(readU64(segmentHeader(ID, 3, 1, 12.9), 40)).toBe(12);
    expect(readSegmentHeader(header)).toEqual({ kind: "ours", firstSeq: 2 ** 33 });
  });

  test("is damaged where any byte of its header is, and foreign where it is whole and of another version", () => {
    for (let at = 0; at < 64; at += 1) {
      const header = segmentHeader(ID, 3, 5, 0);
      header[at]! ^= 1;
      expect(readSegmentHeader(header)).toEqual({ kind: "damaged" });
    }
    expect(readSegmentHeader(segmentHeader(ID, 3, 5, 0).subarray(0, 63))).toEqual({ kind: "damaged" });
    expect(readSegmentHeader(Buffer.alloc(0))).toEqual({ kind: "damaged" });
  });
});

describe("what may have been delivered", () => {
  const doubt = {
    seqs: SeqSet.of([
      { first: 1, last: 3 },
      { first: 9, last: 9 },
    ]),
    unnumbered: 4,
  };

  test("comes back as it was written", () => {
    const target = Buffer.alloc(100);
    const at = writeDoubt(doubt, target, 5, 100);
    const read = readDoubt(target, 5);
    expect([read.at, read.doubt.unnumbered, read.doubt.seqs.ranges]).toEqual([at, 4, doubt.seqs.ranges]);
    expect(at).toBe(5 + 8 + 4);
    const nothing = { seqs: new SeqSet(), unnumbered: 0 };
    expect(writeDoubt(nothing, target, 5, 5 + 8)).toBe(5 + 8);
    expect(readDoubt(target, 5).doubt.seqs.ranges).toEqual([]);
  });

  test("is one range where there is no room for its holes: rather too much in doubt than too little", () => {
    const target = Buffer.alloc(100);
    const room = 8 + 2 * RANGE_BYTES_LIMIT;
    writeDoubt(doubt, target, 5, 5 + room);
    expect(readDoubt(target, 5).doubt.seqs.ranges).toHaveLength(2);
    writeDoubt(doubt, target, 5, 5 + room - 1);
    expect(readDoubt(target, 5).doubt.seqs.ranges).toEqual([{ first: 1, last: 9 }]);
    expect(DOUBT_BYTES).toBe(8 + RANGE_BYTES_LIMIT);
  });
});
