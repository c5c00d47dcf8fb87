/** Which numbers of a producer's records have arrived: a bounded account of a sequence with gaps. Pure values. */

/** Gaps that are told apart. Beyond this the oldest is closed, and counted as missing for good. */
const MAX_RANGES = 64;

export interface SeqRanges {
  /** Ascending, without overlap or contact. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
  /** Numbers missing in gaps that were closed. */
  readonly forgotten: number;
}

export const NO_RANGES: SeqRanges = { ranges: [], forgotten: 0 };

/** The same numbers again change nothing. */
export function withRange({ ranges, forgotten }: SeqRanges, first: number, last: number): SeqRanges {
  const start = Math.max(1, first);
  if (last < start) return { ranges, forgotten };
  const before = ranges.filter((range) => range[1] < start - 1);
  const after = ranges.filter((range) => range[0] > last + 1);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const merged = [Math.min(start, ...touched.map(([a]) => a)), Math.max(last, ...touched.map(([, b]) => b))] as const;
  return bounded({ ranges: [...before, merged, ...after], forgotten });
}

/** Numbers up to `highest` that did not arrive. */
export function missingUpTo({ ranges, forgotten }: SeqRanges, highest: number): number {
  const arrived = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  return Math.max(0, Math.max(highest, ranges.at(-1)?.[1] ?? 0) - arrived) + forgotten;
}

function bounded({ ranges, forgotten }: SeqRanges): SeqRanges {
  if (ranges.length <= MAX_RANGES) return { ranges, forgotten };
  const [oldest, next, ...rest] = ranges;
  return {
    ranges: [[oldest![0], next![1]], ...rest],
    forgotten: forgotten + next![0] - oldest![1] - 1,
  };
}
