import { describe, expect, test } from "vitest";
import { NO_DOUBT } from "../format/doubt.ts";
import { SeqSet } from "../format/seq-set.ts";
import { OrphanDoubt } from "./orphan-doubt.ts";

const seqs = (first: number, last: number) => SeqSet.of([{ first, last }]);

/** Lane `a` has three records in doubt and two that have no number, lane `b` none. */
const doubt = () => new OrphanDoubt(["a", "b"], (bit) => (bit === 0 ? { seqs: seqs(2, 4), unnumbered: 2 } : NO_DOUBT));

const stateOf = (lane: string, of: OrphanDoubt) => {
  const { seqs, unnumbered } = of.of(lane);
  return [seqs.ranges, unnumbered];
};

describe("what may have been delivered of a dead process's records", () => {
  test("is first what its ledger says", () => {
    const of = doubt();
    expect(stateOf("a", of)).toEqual([[{ first: 2, last: 4 }], 2]);
    expect(stateOf("b", of)).toEqual([[], 0]);
    expect([1, 2, 4, 5].map((seq) => of.has("a", seq))).toEqual([false, true, true, false]);
    expect([of.has("b", 2), of.has("c", 2)]).toEqual([false, false]);
  });

  test("grows by the adopter's own attempts, each once, and shrinks when they end", () => {
    const of = doubt();
    expect(stateOf("a", of)).toEqual([[{ first: 2, last: 4 }], 2]);
    expect([of.add("a", 9), of.add("a", 9), of.add("a", 3), of.add("c", 9)]).toEqual([true, false, false, false]);
    expect(of.add("a", 7)).toBe(true);
    const more = [
      { first: 2, last: 4 },
      { first: 7, last: 7 },
      { first: 9, last: 9 },
    ];
    expect(stateOf("a", of)).toEqual([more, 2]);
    expect(of.has("a", 9)).toBe(true);
    expect([of.delete("a", 9), of.delete("a", 9), of.delete("c", 9)]).toEqual([true, false, false]);
    expect(stateOf("a", of)).toEqual([more.slice(0, 2), 2]);
  });

  test("stays what the dead process left, until it is settled", () => {
    const of = doubt();
    expect(of.delete("a", 3)).toBe(false);
    expect(of.has("a", 3)).toBe(true);
  });

  test("has no numberless part once that was told", () => {
    const of = doubt();
    of.of("a");
    of.forgetUnnumbered("a");
    of.forgetUnnumbered("c");
    expect(stateOf("a", of)).toEqual([[{ first: 2, last: 4 }], 0]);
  });

  test("is asked for the lanes of a record, and made anew only when it changed", () => {
    const of = doubt();
    of.add("b", 3);
    expect(of.lanesOf(3, ["a", "b"])).toEqual(["a", "b"]);
    expect(of.lanesOf(3, ["b"])).toEqual(["b"]);
    expect(of.lanesOf(2, ["a", "b"])).toEqual(["a"]);
    expect(of.of("a")).toBe(of.of("a"));
  });
});
