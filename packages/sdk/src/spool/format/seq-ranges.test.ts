import fc from "fast-check";
import { expect, test } from "vitest";
import { RANGE_BYTES_LIMIT, readRanges, writeRanges } from "./seq-ranges.ts";
import { SeqSet } from "./seq-set.ts";

const drawnRanges = fc
  .array(fc.integer({ min: 1, max: 2 ** 40 }), { maxLength: 60 })
  .map((seqs) => SeqSet.of(seqs.map((seq) => ({ first: seq, last: seq + (seq % 5) }))).ranges);

test("what is written is read back, up to the last range that fits, and nothing is written beyond the limit", () => {
  fc.assert(
    fc.property(drawnRanges, fc.integer({ min: 0, max: 600 }), (ranges, room) => {
      const target = Buffer.alloc(2_000, 0xee);
      const { written, at } = writeRanges(target, 8, ranges, 8 + room);
      expect(at).toBeLessThanOrEqual(8 + room);
      expect(target.subarray(at).every((byte) => byte === 0xee)).toBe(true);
      if (written < ranges.length) expect(at + RANGE_BYTES_LIMIT).toBeGreaterThan(8 + room);
      expect(readRanges(target, 8, written)).toEqual({ ranges: ranges.slice(0, written), at });
    }),
  );
});
