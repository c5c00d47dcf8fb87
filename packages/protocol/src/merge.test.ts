import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareRank, contentHash, type MergeVerdict, mergeSnapshots, snapshotRank } from "./merge.ts";
import { canonicalEncode } from "./payload/canonical-encode.ts";
import type { SpanSnapshot } from "./span-snapshot.ts";
import { plainSnapshot, spanSnapshot } from "./testing/arbitraries.ts";

/** Few revisions and small contents, so that ties and conflicts are common. */
const revisionOfOneSpan = fc.oneof(
  fc
    .record({ phase: fc.constantFrom("started" as const, "ended" as const), revision: fc.nat(2), output: fc.nat(2) })
    .map((drawn) => plainSnapshot(drawn)),
  spanSnapshot,
);

function fold(snapshots: readonly SpanSnapshot[]): string {
  const state = snapshots.reduce<SpanSnapshot | undefined>(
    (stored, incoming) => mergeSnapshots(stored, incoming).winner,
    undefined,
  );
  return state === undefined ? "" : canonicalEncode(state);
}

describe("merging", () => {
  test("is commutative: which of two snapshots came first changes nothing", () => {
    fc.assert(
      fc.property(revisionOfOneSpan, revisionOfOneSpan, (a, b) => {
        expect(fold([a, b])).toBe(fold([b, a]));
      }),
    );
  });

  test("is associative: how deliveries are grouped changes nothing", () => {
    fc.assert(
      fc.property(revisionOfOneSpan, revisionOfOneSpan, revisionOfOneSpan, (a, b, c) => {
        const left = mergeSnapshots(mergeSnapshots(a, b).winner, c).winner;
        const right = mergeSnapshots(a, mergeSnapshots(b, c).winner).winner;
        expect(canonicalEncode(left)).toBe(canonicalEncode(right));
      }),
    );
  });

  test("is idempotent: a snapshot that stands is a duplicate of itself", () => {
    fc.assert(
      fc.property(revisionOfOneSpan, (snapshot) => {
        const copy = structuredClone(snapshot);
        expect(mergeSnapshots(snapshot, copy)).toEqual({ winner: snapshot, verdict: "duplicate" });
      }),
    );
  });

  test("gives one state for any order and any repetition of a set of snapshots", () => {
    const withReplays = fc
      .array(revisionOfOneSpan, { minLength: 1, maxLength: 6 })
      .chain((set) =>
        fc.tuple(fc.constant(set), fc.shuffledSubarray([...set, ...set, ...set], { minLength: set.length * 3 })),
      );
    fc.assert(
      fc.property(withReplays, ([set, replayed]) => {
        expect(fold(replayed)).toBe(fold(set));
      }),
    );
  });
});

const started = plainSnapshot({ phase: "started", revision: 7 });
const ended = plainSnapshot({ phase: "ended", revision: 1 });

test.each<[promise: string, stored: SpanSnapshot | undefined, incoming: SpanSnapshot, verdict: MergeVerdict]>([
  ["a first snapshot stands", undefined, started, "stored-new"],
  ["an ended one beats a started one of any revision", started, ended, "stored-new"],
  ["a started one never undoes an ended one", ended, started, "superseded"],
  ["a higher revision beats a lower one", ended, plainSnapshot({ revision: 2 }), "stored-new"],
  ["a lower revision changes nothing", plainSnapshot({ revision: 2 }), ended, "superseded"],
  ["the same content again is a duplicate", ended, { ...ended }, "duplicate"],
  ["other content under the same revision is a conflict", ended, { ...ended, name: "other" }, "conflict"],
])("%s", (_promise, stored, incoming, verdict) => {
  expect(mergeSnapshots(stored, incoming).verdict).toBe(verdict);
});

test("of two that differ under one revision the one with the greater hash stands, whichever came first", () => {
  // The direction is part of the rule: stores that were written by different versions must agree.
  const [lesser, greater] = ["one", "other"].map((name) => plainSnapshot({ name })) as [SpanSnapshot, SpanSnapshot];
  expect([contentHash(lesser), contentHash(greater)]).toEqual([
    "526e428474c1f2fded5262535f84219d",
    "b7fff3dc394b4a0847d8187a05b131ed",
  ]);
  expect(contentHash(lesser) < contentHash(greater)).toBe(true);
  expect(mergeSnapshots(lesser, greater)).toEqual({ winner: greater, verdict: "conflict" });
  expect(mergeSnapshots(greater, lesser)).toEqual({ winner: greater, verdict: "conflict" });
});

test("the rank is exact up to the largest revision", () => {
  const largest = 2 ** 52 - 1;
  expect(snapshotRank({ phase: "ended", revision: 0 }) - snapshotRank({ phase: "started", revision: largest })).toBe(1);
  expect(Number.isSafeInteger(snapshotRank({ phase: "ended", revision: largest }))).toBe(true);
  expect(compareRank(started, ended)).toBeLessThan(0);
});

test("the content hash does not depend on the order of properties", () => {
  const a = plainSnapshot({ input: { x: 1, y: [{ p: 1, q: 2 }] } });
  const b = plainSnapshot({ input: { y: [{ q: 2, p: 1 }], x: 1 } });
  expect(contentHash(a)).toBe(contentHash(b));
  expect(contentHash(a)).toMatch(/^[0-9a-f]{32}$/);
});
