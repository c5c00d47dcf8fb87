import { expect, test } from "vitest";
import { newSpanId, newTraceId, spanKey } from "./ids.ts";

const COUNT = 10_000;

test("span ids are version 4 UUIDs and no two are the same", () => {
  const ids = Array.from({ length: COUNT }, newSpanId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(COUNT);
});

test("trace ids are 32 hex digits and no two are the same", () => {
  const ids = Array.from({ length: COUNT }, newTraceId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(ids).size).toBe(COUNT);
});

test("every digit of an id varies, so that no part of the randomness is spent twice", () => {
  const digits = Array.from({ length: 32 }, () => new Set<string>());
  for (let i = 0; i < 1000; i++) for (const [at, digit] of [...newTraceId()].entries()) digits[at]?.add(digit);
  expect(digits.map((seen) => seen.size)).toEqual(Array(32).fill(16));
});

test("two spans never share a key, whatever their ids hold", () => {
  expect(spanKey("a/b", "c")).not.toBe(spanKey("a", "b/c"));
  expect(spanKey("a\n", "b")).not.toBe(spanKey("a", "\nb"));
  expect(spanKey("", "ab")).not.toBe(spanKey("a", "b"));
});
