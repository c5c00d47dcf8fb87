import fc from "fast-check";
import { expect, test } from "vitest";
import { countSeqs, SeqSet } from "./seq-set.ts";

const operations = fc.array(
  fc.oneof(
    fc.record({ first: fc.integer({ min: 1, max: 40 }), length: fc.constant(1) }),
    fc.record({ first: fc.integer({ min: 1, max: 40 }), length: fc.integer({ min: 0, max: 9 }) }),
  ),
  { maxLength: 40 },
);

test("it holds the numbers that a plain set holds, in as few ranges as there are runs", () => {
  fc.assert(
    fc.property(operations, (steps) => {
      const set = new SeqSet();
      const plain = new Set<number>();
      for (const { first, length } of steps) {
        if (length === 1) expect(set.add(first)).toBe(!plain.has(first));
        else set.addRange(first, first + length - 1);
        for (let seq = first; seq < first + length; seq += 1) plain.add(seq);
      }
      for (let seq = 0; seq <= 52; seq += 1) expect(set.has(seq)).toBe(plain.has(seq));
      expect(set.size).toBe(plain.size);
      const runs = [...plain].filter((seq) => !plain.has(seq - 1)).length;
      expect(set.ranges).toHaveLength(runs);
    }),
  );
});

test("what is missing and what is there make up the whole", () => {
  fc.assert(
    fc.property(
      operations,
      fc.integer({ min: 1, max: 45 }),
      fc.integer({ min: 0, max: 45 }),
      (steps, first, length) => {
        const set = SeqSet.of(steps.map((step) => ({ first: step.first, last: step.first + step.length - 1 })));
        const last = first + length - 1;
        const missing = set.missing(first, last);
        let present = 0;
        for (let seq = first; seq <= last; seq += 1) if (set.has(seq)) present += 1;
        expect(countSeqs(missing) + present).toBe(length);
        for (const range of missing)
          for (let seq = range.first; seq <= range.last; seq += 1) expect(set.has(seq)).toBe(false);
      },
    ),
  );
});
