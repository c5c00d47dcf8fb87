import { expect, test } from "vitest";
import { FieldReader } from "./field-checks.ts";
import { kindOf } from "./refusal.ts";

const refusalOf = (check: (read: FieldReader) => unknown) => {
  const read = new FieldReader();
  check(read);
  return read.refusal === undefined ? undefined : [read.refusal.status, read.refusal.message];
};

test.each<[what: string, id: unknown, refusal: [number, string] | undefined]>([
  ["a text", "a", undefined],
  ["256 characters", "x".repeat(256), undefined],
  ["257 characters", "x".repeat(257), [422, "id must have at most 256 characters"]],
  // Code points, as the platform counts: these have too many bytes.
  ["256 characters of two units each", "😀".repeat(256), [400, "id must have at most 256 bytes in UTF-8"]],
  ["257 characters of two units each", "😀".repeat(257), [422, "id must have at most 256 characters"]],
  ["256 bytes", "ü".repeat(128), undefined],
  ["257 bytes", `${"ü".repeat(128)}x`, [400, "id must have at most 256 bytes in UTF-8"]],
  ["nothing in it", "", [422, "id must not be empty"]],
  ["256 characters of DEL", "\x7f".repeat(256), undefined],
  ["a NUL", "a\0b", [400, "id must not contain a NUL character"]],
  ["half a surrogate pair", "a\ud800", [400, "id must be valid Unicode"]],
  ["no text", 5, [422, "id must be a string, got a number"]],
])("an id with %s", (_what, id, refusal) => {
  expect(refusalOf((read) => read.requiredId("id", id))).toEqual(refusal);
  expect(refusalOf((read) => read.optionalId("id", id))).toEqual(refusal);
});

test("what need not be there is absent when it is null", () => {
  const read = new FieldReader();
  for (const nothing of [null, undefined]) {
    expect(read.optionalText("a", nothing)).toBeUndefined();
    expect(read.optionalId("a", nothing)).toBeUndefined();
    expect(read.optionalTime("a", nothing)).toBeUndefined();
  }
  expect([read.optionalText("a", "x"), read.optionalId("a", "x")]).toEqual(["x", "x"]);
  expect(read.refusal).toBeUndefined();
  expect(refusalOf((read) => read.requiredText("a", null))).toEqual([422, "a must be a string, got null"]);
  expect(refusalOf((read) => read.optionalText("a", 1))).toEqual([422, "a must be a string, got a number"]);
});

test("an instant gets one spelling, and what is none is refused", () => {
  const read = new FieldReader();
  expect(read.requiredTime("at", "2026-01-31 13:00:00+01:00")).toBe("2026-01-31T12:00:00.000000Z");
  expect(read.optionalTime("at", "2026-01-31T12:00:00Z")).toBe("2026-01-31T12:00:00.000000Z");
  expect(read.refusal).toBeUndefined();
  expect(refusalOf((read) => read.requiredTime("at", "now"))).toEqual([422, "at must be an RFC 3339 instant"]);
  expect(refusalOf((read) => read.optionalTime("at", 5))).toEqual([422, "at must be a string, got a number"]);
});

test("an end is refused before its start, not at it", () => {
  const [a, b] = ["2026-01-31T12:00:00.000000Z", "2026-01-31T12:00:00.000001Z"];
  expect(refusalOf((read) => read.inOrder("s", a, "e", b))).toBeUndefined();
  expect(refusalOf((read) => read.inOrder("s", a, "e", a))).toBeUndefined();
  expect(refusalOf((read) => read.inOrder("s", a, "e", undefined))).toBeUndefined();
  expect(refusalOf((read) => read.inOrder("s", b, "e", a))).toEqual([422, "e must not precede s"]);
});

test("a payload may be 128 containers deep", () => {
  const nested = (containers: number): unknown => (containers === 0 ? 1 : [nested(containers - 1)]);
  expect(refusalOf((read) => read.shallowEnough("input", nested(128)))).toBeUndefined();
  expect(refusalOf((read) => read.shallowEnough("input", nested(129)))).toEqual([
    422,
    "input is nested too deeply: more than 128 containers",
  ]);
});

test("the first refusal stands", () => {
  const check = (read: FieldReader) => [read.requiredText("a", 1), read.requiredId("b", ""), read.requiredTime("c", 5)];
  expect(refusalOf(check)).toEqual([422, "a must be a string, got a number"]);
});

test.each([
  [null, "null"],
  [undefined, "nothing"],
  [[], "an array"],
  [{}, "an object"],
  [1, "a number"],
  [new String("1e400"), "a number"],
  ["x", "a string"],
  [true, "a boolean"],
])("a refusal says what came: %j is %s", (value, kind) => {
  expect(kindOf(value)).toBe(kind);
});
