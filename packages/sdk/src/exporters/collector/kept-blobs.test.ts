import { describe, expect, test } from "vitest";
import { type BatchForm, KeptBlobs } from "./kept-blobs.ts";

const MEBIBYTE = 2 ** 20;
const KEEPS = 64 * MEBIBYTE;

const answer = (status: number) => ({ status, headers: {}, body: Buffer.alloc(0), bodyTruncated: false });
const blobs = (...names: string[]) => new Map(names.map((name) => [name, 1_000]));

function keptAfter(...names: string[]): KeptBlobs {
  const kept = new KeptBlobs();
  kept.taken(kept.form(), blobs(...names), KEEPS);
  return kept;
}

const isLeftOut = ({ isKept }: BatchForm, name: string) => isKept?.(name) === true;

describe("a blob is left out", () => {
  test("once a batch that needed it was taken by a collector that keeps blobs", () => {
    const kept = new KeptBlobs();
    const form = kept.form();
    expect(isLeftOut(kept.form(), "a")).toBe(false);
    kept.taken(form, blobs("a"), KEEPS);
    expect(["a", "b"].map((name) => isLeftOut(kept.form(), name))).toEqual([true, false]);
  });

  test.each([undefined, 0, -1, Number.NaN, "64", null])("never where the answer says that it keeps %s", (keeps) => {
    const kept = new KeptBlobs();
    kept.taken(kept.form(), blobs("a"), keeps);
    expect(isLeftOut(kept.form(), "a")).toBe(false);
  });

  test("while it is among the half of what the collector keeps, and 32 MiB at most", () => {
    for (const [keeps, most] of [
      [100_000, 50_000],
      [2 ** 40, 32 * MEBIBYTE],
    ] as const) {
      const kept = new KeptBlobs();
      const contentBytes = Math.floor(most / 20);
      const names = Array.from({ length: 100 }, (_, i) => `${i}`);
      for (const name of names) kept.taken(kept.form(), new Map([[name, contentBytes]]), keeps);
      const known = names.filter((name) => isLeftOut(kept.form(), name));
      expect(known).toEqual(names.slice(-known.length));
      expect(known.length).toBeGreaterThan(9);
      expect(known.length).toBeLessThanOrEqual(20);
    }
  });
});

describe("after a refusal", () => {
  test("the batch goes whole immediately, everything is forgotten, and what is then taken is known again", () => {
    const kept = keptAfter("a", "b");
    const again = kept.refused(kept.form(), answer(409))!;
    expect([isLeftOut(again, "a"), isLeftOut(kept.form(), "b")]).toEqual([false, false]);
    kept.taken(again, blobs("a"), KEEPS);
    expect(["a", "b"].map((name) => isLeftOut(kept.form(), name))).toEqual([true, false]);
  });

  test("a whole batch has no second chance: something else is wrong with it", () => {
    const kept = keptAfter("a");
    const again = kept.refused(kept.form(), answer(409))!;
    expect(kept.refused(again, answer(409))).toBeUndefined();
    expect(isLeftOut(kept.form(), "a")).toBe(false);
  });

  test("answers to batches from before say nothing any more", () => {
    const kept = keptAfter("a");
    const [late, first, second] = [kept.form(), kept.form(), kept.form()];
    const again = kept.refused(first, answer(409))!;
    kept.taken(late, blobs("a"), KEEPS);
    expect(isLeftOut(kept.form(), "a")).toBe(false);
    kept.taken(again, blobs("b"), KEEPS);
    expect(kept.refused(second, answer(409))).toBeDefined();
    expect(isLeftOut(kept.form(), "b")).toBe(true);
  });

  test("that comes again and again, leaving out is tried ever less often, and often again once it works", () => {
    const kept = keptAfter("a");
    const wholeBatchesAfterRefusal = () => {
      let form = kept.refused(kept.form(), answer(409))!;
      for (let batches = 0; ; batches++) {
        kept.taken(form, blobs("a"), KEEPS);
        form = kept.form();
        if (isLeftOut(form, "a")) return batches;
      }
    };
    const waits = Array.from({ length: 5 }, wholeBatchesAfterRefusal);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBe(0);
    expect(waits.at(-1)).toBeGreaterThan(30);
    expect(waits.at(-1)).toBeLessThan(130);
    for (let batches = 0; batches < 10; batches++) kept.taken(kept.form(), blobs("a"), KEEPS);
    expect(wholeBatchesAfterRefusal()).toBe(0);
  });
});

describe("a collector of version 1", () => {
  test("gets batches of version 1 from its first refusal on", () => {
    const kept = new KeptBlobs();
    const again = kept.refused(kept.form(), answer(422))!;
    expect(again.isKept).toBeUndefined();
    expect(kept.refused(again, answer(422))).toBeUndefined();
    kept.taken(again, blobs("a"), undefined);
    expect(kept.form().isKept).toBeUndefined();
  });

  test("that is replaced by a newer one gets version 2 again", () => {
    const kept = new KeptBlobs();
    kept.taken(kept.refused(kept.form(), answer(422))!, blobs("a"), KEEPS);
    expect(isLeftOut(kept.form(), "a")).toBe(true);
  });

  test("that took the place of a newer one gets nothing that it can't read, after one request", () => {
    const kept = keptAfter("a");
    expect(kept.refused(kept.form(), answer(422))?.isKept).toBeUndefined();
  });
});

test.each([400, 401, 413, 429, 500, 503])("an answer of %d has nothing to do with what was left out", (status) => {
  const kept = keptAfter("a");
  expect(kept.refused(kept.form(), answer(status))).toBeUndefined();
  expect(isLeftOut(kept.form(), "a")).toBe(true);
});
