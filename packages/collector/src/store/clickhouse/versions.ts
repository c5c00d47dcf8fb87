/**
 * The merge rule as one number of 128 bits: rank above, 64 bits of the content's hash below. Of two rows with one key
 * the greater number stands, which is what `mergeSnapshots` says, in whatever order and however often rows are written.
 */
import { contentHash, type SpanSnapshot, snapshotRank } from "@everspan/protocol";

const HASH_BITS = 64n;
const HASH_DIGITS = 16;

export function versionOf(snapshot: SpanSnapshot): bigint {
  const hash = BigInt(`0x${contentHash(snapshot).slice(0, HASH_DIGITS)}`);
  return (BigInt(snapshotRank(snapshot)) << HASH_BITS) | hash;
}
