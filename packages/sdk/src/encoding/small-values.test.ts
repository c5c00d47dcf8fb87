import { afterEach, describe, expect, test } from "vitest";
import { BodyWriter } from "./body-writer.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { JsonEncoder, SLICE_BYTES } from "./json-encoder.ts";

const PIECE = 64 * 1024;
const numbers = (count: number) => Array.from({ length: count }, () => 7);
const entries = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i).padStart(4), 7]));

describe("what one native call encodes best has an estimated size of at most a kilobyte:", () => {
  test.each<[what: string, value: unknown, isSmall: boolean]>([
    ["nothing", undefined, true],
    ["null", null, true],
    ["a text of 1,022", "x".repeat(1_022), true],
    ["a text of 1,023", "x".repeat(1_023), false],
    ["146 numbers", numbers(146), true],
    ["147 numbers", numbers(147), false],
    ["73 properties", entries(73), true],
    ["74 properties", entries(74), false],
    ["146 numbers, one of them null", [null, ...numbers(145)], true],
    ["a long text before short ones", ["x".repeat(1_100), ""], false],
    ["a long text behind short ones", ["", "x".repeat(1_100)], false],
    ["a long text in a property before others", { a: "x".repeat(1_100), b: "" }, false],
    ["a long text deep within", { a: [{ b: ["x".repeat(1_100)] }] }, false],
    ["a text that just fits deep within", { a: [["x".repeat(1_024 - 2 - 5 - 2 - 1 - 2 - 1 - 2)]] }, true],
    ["a text that just does not", { a: [["x".repeat(1_024 - 2 - 5 - 2 - 1 - 2 - 1 - 2 + 1)]] }, false],
    ["a name of a kilobyte", { ["x".repeat(1_100)]: 1 }, false],
  ])("%s", (_what, value, isSmall) => {
    expect(new JsonEncoder().isSmall(value)).toBe(isSmall);
  });
});

describe("a value is encoded in slices:", () => {
  const text = (length: number) => String.fromCharCode(97 + (length % 26)).repeat(length);

  test.each<[what: string, value: unknown]>([
    ["many small items", Array.from({ length: 8_000 }, (_, i) => ({ id: i, text: text(100) }))],
    ["items that are not small", Array.from({ length: 600 }, (_, i) => ({ id: i, text: text(1_200 + i) }))],
    ["many small properties", Object.fromEntries(Array.from({ length: 8_000 }, (_, i) => [`name ${i}`, text(100)]))],
    ["properties that are not small", Object.fromEntries(Array.from({ length: 600 }, (_, i) => [i, text(1_200 + i)]))],
    ["one text of megabytes", `${"é".repeat(700_000)}${"x".repeat(700_000)}`],
    ["texts of a piece each", Array.from({ length: 20 }, (_, i) => text(PIECE + i))],
  ])("%s", (_what, value) => {
    const out = new BodyWriter(new ChunkPool());
    let all = 0;
    for (const _ of new JsonEncoder().write(value, out)!) {
      expect(out.work).toBeGreaterThanOrEqual(SLICE_BYTES);
      expect(out.work).toBeLessThan(SLICE_BYTES + 2 * PIECE);
      all += out.work;
      out.work = 0;
    }
    expect(out.work).toBeLessThan(SLICE_BYTES + 2 * PIECE);
    const json = JSON.stringify(value);
    expect(all + out.work).toBeGreaterThanOrEqual(json.length);
    const body = out.finish();
    expect(Buffer.concat(body.pieces as Uint8Array[]).equals(Buffer.from(json))).toBe(true);
  });

  test.each<[what: string, value: unknown]>([
    ["a small item", [["x".repeat(1_100)], 1]],
    ["a small property", { a: ["x".repeat(1_100)], b: 1 }],
    ["a text", ["x".repeat(1_100), "y".repeat(1_100)]],
  ])("others get their turn as soon as a slice is full, to the byte: %s", (_what, value) => {
    const workAt = (start: number) => {
      const out = new BodyWriter(new ChunkPool());
      out.work = start;
      const at: number[] = [];
      for (const _ of new JsonEncoder().write(value, out)!) at.push(out.work);
      return { at, end: out.work };
    };
    const { at } = workAt(SLICE_BYTES);
    // Where it stops when it always stops; from so much less it stops there for the first time.
    for (const [index, work] of at.entries()) {
      const first = workAt(SLICE_BYTES - (work - SLICE_BYTES)).at;
      expect(first).toHaveLength(at.length - index);
      expect(first[0]).toBe(SLICE_BYTES);
    }
  });
});

describe("a value that writes itself", () => {
  afterEach(() => {
    delete (Array.prototype as { toJSON?: unknown }).toJSON;
  });

  const written = (value: unknown) => {
    const out = new BodyWriter(new ChunkPool());
    for (const _ of new JsonEncoder().write(value, out) ?? []);
    return Buffer.concat(out.finish().pieces as Uint8Array[]).toString();
  };

  test("is asked, however large it is", () => {
    const own = { large: "x".repeat(2_000), toJSON: () => ({ said: 1 }) };
    for (const value of [own, [own, own], { a: own }]) expect(written(value)).toBe(JSON.stringify(value));
    expect(written({ ...own, toJSON: () => undefined })).toBe("null");
  });

  test("P11 is not every list, when the application says so", () => {
    const value = { a: [1, ["x".repeat(2_000)]], b: [] };
    const expected = JSON.stringify(value);
    Object.defineProperty(Array.prototype, "toJSON", { value: () => "stolen", configurable: true });
    const actual = written(value);
    expect(actual).toBe(expected);
  });
});
