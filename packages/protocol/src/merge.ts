import { canonicalEncode } from "./payload/canonical-encode.ts";
import { hash128 } from "./payload/hash128.ts";
import type { SpanSnapshot } from "./span-snapshot.ts";

/**
 * Which snapshot of a span stands. The same rule in every store and in the viewer, so that order, repetition and
 * replay of deliveries can't matter: the state after any set of snapshots is the greatest of them in one total order.
 *
 * 1. `ended` is greater than `started`.
 * 2. Within a phase the higher revision is greater.
 * 3. Two different snapshots of one phase and revision (no honest producer makes them) are a conflict: the one with
 *    the greater content hash stands. Keeping the first would depend on the order of arrival; see
 *    `docs/adr/0002-merge-conflicts.md`.
 *
 * A store that speaks SQL compares `(snapshotRank, contentHash)` as two columns, or the rank alone and the hash only
 * where ranks are equal. The key (project, trace id, span id) is the caller's.
 */

export type MergeVerdict =
  /** The incoming snapshot stands. */
  | "stored-new"
  /** The incoming snapshot is older than what stands. */
  | "superseded"
  /** The incoming snapshot is what stands. */
  | "duplicate"
  /** Same phase and revision, different content: the greater hash stands, and somebody should know. */
  | "conflict";

export interface MergeResult {
  readonly winner: SpanSnapshot;
  readonly verdict: MergeVerdict;
}

export function mergeSnapshots(stored: SpanSnapshot | undefined, incoming: SpanSnapshot): MergeResult {
  if (stored === undefined) return { winner: incoming, verdict: "stored-new" };
  const order = compareRank(incoming, stored);
  if (order !== 0) {
    return order > 0 ? { winner: incoming, verdict: "stored-new" } : { winner: stored, verdict: "superseded" };
  }
  const storedHash = contentHash(stored);
  const incomingHash = contentHash(incoming);
  if (incomingHash === storedHash) return { winner: stored, verdict: "duplicate" };
  return { winner: incomingHash > storedHash ? incoming : stored, verdict: "conflict" };
}

/** Negative when `a` is older than `b`, positive when newer, 0 when only the content can tell. */
export function compareRank(a: SpanSnapshot, b: SpanSnapshot): number {
  return snapshotRank(a) - snapshotRank(b);
}

/** Phase and revision in one number below 2^53: exact as a double and as an integer column. */
export function snapshotRank(snapshot: Pick<SpanSnapshot, "phase" | "revision">): number {
  return (snapshot.phase === "ended" ? 2 ** 52 : 0) + snapshot.revision;
}

/** 32 hex digits that are equal for equal snapshots, whatever the order of their properties. Compare as plain text. */
export function contentHash(snapshot: SpanSnapshot): string {
  return hash128(canonicalEncode(snapshot));
}
