import { describe, expect, test } from "vitest";
import { CaptureMemory, Capturer, toJson } from "../capture/index.ts";
import { BodyBuilder } from "./body-builder.ts";
import { JsonEncoder } from "./json-encoder.ts";
import type { ListWriter } from "./list-writer.ts";

async function encoded(builder: BodyBuilder, value: unknown): Promise<string> {
  const body = await builder.one(value);
  const text = Buffer.concat(body.pieces as Uint8Array[]).toString();
  body.release();
  return text;
}

/** What a conversation's steps give: each continues the one before. */
function captures(messages: readonly unknown[]): unknown[] {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  return messages.map((_, index) =>
    toJson(capturer.capture({ messages: messages.slice(0, index + 1) }, memory) ?? null),
  );
}

describe("a conversation that grows", () => {
  test.each([0, 100, 480, 520, 1_100, 4_000, 8_100, 9_000, 40_000])(
    "is the bytes of JSON.stringify at each step, with messages of %i characters, however often it is sent",
    async (length) => {
      const messages = Array.from({ length: 6 }, (_, i) => ({ role: `user ${i}`, content: `${i}`.repeat(length) }));
      const builder = new BodyBuilder();
      const steps = captures(messages);
      for (const value of [...steps, ...steps, ...steps]) {
        expect((await encoded(builder, value)) === JSON.stringify(value)).toBe(true);
      }
    },
  );

  test("has its parts kept from the second time on, and only then", async () => {
    const encoder = new JsonEncoder();
    const builder = new BodyBuilder(encoder);
    const messages = Array.from({ length: 4 }, (_, i) => ({ role: "user", content: `${i}`.repeat(2_000) }));
    const steps = captures(messages);
    await encoded(builder, steps[0]);
    expect(encoder.cacheBytes).toBe(0);
    await encoded(builder, steps[1]);
    const second = encoder.cacheBytes;
    expect(second).toBeGreaterThan(2_000);
    for (const value of [...steps, ...steps]) await encoded(builder, value);
    const all = encoder.cacheBytes;
    for (const value of steps) await encoded(builder, value);
    expect(encoder.cacheBytes).toBe(all);
  });
});

test.each<[what: string, value: unknown]>([
  ["a property that has no JSON form", { a: undefined, b: () => 1, c: Symbol("c"), d: "x".repeat(2_000) }],
  ["an object of nothing but these", { a: { b: undefined, c: () => 1 }, d: "x".repeat(2_000) }],
  ["items that have no JSON form", [undefined, () => 1, Symbol("c"), "x".repeat(2_000)]],
  [
    "values that write themselves",
    { at: new Date(0), long: "x".repeat(2_000), own: { toJSON: () => ["y".repeat(2_000)] } },
  ],
  ["numbers that JSON has no form for", { a: [Number.NaN, Number.POSITIVE_INFINITY, -0], d: "x".repeat(2_000) }],
  [
    "texts of every length about a limit",
    [1_020, 1_021, 1_022, 1_023, 1_024, 1_025].map((length) => "x".repeat(length)),
  ],
  ["many properties", Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`name "${i}"`, i]))],
  ["empty containers", { a: {}, b: [], c: "x".repeat(2_000), d: [[], {}] }],
])("%s is what JSON.stringify makes of it", async (_what, value) => {
  expect(await encoded(new BodyBuilder(), value)).toBe(JSON.stringify(value));
});

test.each([undefined, () => 1, Symbol("a")])("what has no JSON form at all is null: %s", async (value) => {
  expect(await encoded(new BodyBuilder(), value)).toBe("null");
});

test("lines have an end each, and a list its commas and its brackets", async () => {
  const builder = new BodyBuilder();
  const values = [1, { a: "x".repeat(3_000) }, "b"];
  const textOf = async (made: ReturnType<BodyBuilder["lines"]>) =>
    Buffer.concat((await made).pieces as Uint8Array[]).toString();
  expect(await textOf(builder.lines(values))).toBe(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  const even = (value: number, list: ListWriter) => (value % 2 === 0 ? list.add(value) : undefined);
  expect(await textOf(builder.list("<", [1, 2, 3, 4], even, ">"))).toBe("<2,4>");
  expect(await textOf(builder.list("<", [], even, ">"))).toBe("<>");
});
