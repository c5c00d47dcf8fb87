import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonScanner } from "./json-scanner.ts";
import type { Unit } from "./unit.ts";

const KEYS = new Set(["items", "spans"]);

/** Scans text in chunks of these sizes, by turns. */
function scan(text: string, sizes: readonly number[] = [1_000_000], maxBytes = 1_000_000): Unit[] {
  const scanner = new JsonScanner(KEYS, maxBytes);
  const bytes = Buffer.from(text);
  const units: Unit[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    units.push(...scanner.push(bytes.subarray(at, at + size)));
    at += size;
  }
  units.push(...scanner.end());
  return units;
}

const shown = (units: readonly Unit[]) =>
  units.map(({ bytes, under, line, isEmptied }) => [bytes.toString(), under ?? "", line, isEmptied ?? false]);

describe("a document in values", () => {
  test("of a list at its top", () => {
    expect(shown(scan('\ufeff[ {"a":"]"},\n [1,[2]] , "x\\"y" ,7]\n'))).toEqual([
      ['{"a":"]"}', "", 1, false],
      ["[1,[2]]", "", 2, false],
      ['"x\\"y"', "", 2, false],
      ["7", "", 2, false],
    ]);
  });

  test("of an envelope's list, and then the envelope without it", () => {
    expect(shown(scan('{"object":"list","items":[{"id":1},\n{"items":[{}]}],"next":{"items":[1]}}'))).toEqual([
      ['{"id":1}', "items", 1, false],
      ['{"items":[{}]}', "items", 2, false],
      ['{"object":"list","items":[],"next":{"items":[1]}}', "", 1, true],
    ]);
  });

  test("of several values in a row", () => {
    expect(shown(scan('{"a":1}\n{"spans":[]}{"b":{"spans":[2]}} 3'))).toEqual([
      ['{"a":1}', "", 1, false],
      ['{"spans":[]}', "", 2, true],
      ['{"b":{"spans":[2]}}', "", 2, false],
      ["3", "", 2, false],
    ]);
  });

  test("is not taken for whole when it is cut off, or when a value is too large", () => {
    for (const text of ['{"a":1', "[1,2", '{"items":[{"a":1}', '"x', '[{"a":"b\\'])
      expect(() => scan(text)).toThrow(/line 1: the file ends within a JSON value/);
    expect(() => scan('\n[{"a":"0123456789"}]', [4], 10)).toThrow(/line 2: a value of more than 10 bytes/);
  });
});

test("however the bytes are cut, drawn values come back", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 6 }),
      sizes,
      fc.boolean(),
      (values, cut, isPretty) => {
        const text = JSON.stringify({ note: "[\\", items: values, last: values }, undefined, isPretty ? 2 : undefined);
        const units = scan(text, cut);
        expect(units.slice(0, -1).map(({ bytes }) => JSON.parse(bytes.toString()))).toEqual(
          JSON.parse(JSON.stringify(values)),
        );
        expect(JSON.parse(units.at(-1)!.bytes.toString())).toEqual(
          JSON.parse(JSON.stringify({ note: "[\\", items: [], last: values })),
        );
        expect(units.map(({ number }) => number)).toEqual(units.map((_, index) => index));
      },
    ),
    { numRuns: 300 },
  );
});
