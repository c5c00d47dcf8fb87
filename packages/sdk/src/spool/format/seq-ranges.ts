import type { SeqRange } from "./seq-set.ts";
import { readVarint, VARINT_BYTES_LIMIT, writeVarint } from "./varint.ts";

/** What one range takes at most. */
export const RANGE_BYTES_LIMIT = 2 * VARINT_BYTES_LIMIT;

/**
 * Ascending ranges as distances: from the end of the one before, and from first to last. Writes those that surely fit
 * before `limit`; answers how many these are, and where they end.
 */
export function writeRanges(
  target: Buffer,
  at: number,
  ranges: readonly SeqRange[],
  limit: number,
): { written: number; at: number } {
  let next = at;
  let previous = 0;
  let written = 0;
  for (const { first, last } of ranges) {
    if (next + RANGE_BYTES_LIMIT > limit) break;
    next = writeVarint(target, next, first - previous);
    next = writeVarint(target, next, last - first);
    previous = last;
    written += 1;
  }
  return { written, at: next };
}

/** Answers as many ranges as were written, and where they end. */
export function readRanges(source: Buffer, at: number, count: number): { ranges: SeqRange[]; at: number } {
  const ranges: SeqRange[] = [];
  let next = at;
  let previous = 0;
  for (let left = count; left > 0; left -= 1) {
    const gap = readVarint(source, next);
    const length = readVarint(source, gap.at);
    const first = previous + gap.value;
    previous = first + length.value;
    ranges.push({ first, last: previous });
    next = length.at;
  }
  return { ranges, at: next };
}
