import { RANGE_BYTES_LIMIT, readRanges, writeRanges } from "./seq-ranges.ts";
import { SeqSet } from "./seq-set.ts";

/** Of a lane's unsettled records: those that an attempt without an answer may have delivered. */
export interface Doubt {
  /** By their numbers. */
  readonly seqs: SeqSet;
  /** How many have no number yet. */
  readonly unnumbered: number;
}

export const NO_DOUBT: Doubt = { seqs: new SeqSet(), unnumbered: 0 };

const HEADER_BYTES = 8;
/** What a lane's doubt takes at least. */
export const DOUBT_BYTES = HEADER_BYTES + RANGE_BYTES_LIMIT;

/** Answers where it ends. With too many holes for the room up to `limit` the numbers between count as in doubt too. */
export function writeDoubt({ seqs, unnumbered }: Doubt, target: Buffer, at: number, limit: number): number {
  let { ranges } = seqs;
  if (at + HEADER_BYTES + ranges.length * RANGE_BYTES_LIMIT > limit) {
    ranges = [{ first: ranges[0]!.first, last: ranges.at(-1)!.last }];
  }
  target.writeUInt32LE(unnumbered, at);
  target.writeUInt32LE(ranges.length, at + 4);
  return writeRanges(target, at + HEADER_BYTES, ranges, Number.POSITIVE_INFINITY).at;
}

/** Answers the doubt and where it ends. */
export function readDoubt(slot: Buffer, at: number): { readonly doubt: Doubt; readonly at: number } {
  const { ranges, at: end } = readRanges(slot, at + HEADER_BYTES, slot.readUInt32LE(at + 4));
  return { doubt: { seqs: SeqSet.of(ranges), unnumbered: slot.readUInt32LE(at) }, at: end };
}
