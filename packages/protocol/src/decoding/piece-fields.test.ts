import { describe, expect, test } from "vitest";
import { parseJsonNumbers } from "../payload/json-numbers.ts";
import { dataOf, errorOf, instantOf, optionalId, optionalText, payloadOf, pieceId, recordOf } from "./piece-fields.ts";

/** A list in a list in a list…: so many containers. */
function nested(containers: number): unknown {
  let value: unknown = [];
  for (let count = 1; count < containers; count++) value = [value];
  return value;
}

test.each<[what: string, value: unknown, reason: string | undefined]>([
  ["a text", "a", undefined],
  ["the longest", "x".repeat(256), undefined],
  ["one character more", "x".repeat(257), "id must have at most 256 characters"],
  ["a whole surrogate pair", "😀", undefined],
  ["half of one", "\ud83d", "id must be valid text without NUL"],
  ["a NUL", "a\0", "id must be valid text without NUL"],
  ["an empty one", "", "id must be a text, got a string"],
  ["a number", 5, "id must be a text, got a number"],
  ["null", null, "id must be a text, got null"],
])("an id that is %s", (_what, value, reason) => {
  expect(pieceId("id", value)).toEqual(reason === undefined ? { id: value } : { reason });
  expect(optionalId(value)).toBe(reason === undefined ? value : undefined);
});

test("a text is none when it is empty or no text", () => {
  expect([optionalText("a"), optionalText(""), optionalText(5), optionalText(null)]).toEqual(["a", ...Array(3)]);
});

test.each<[what: string, value: unknown, instant: string | undefined]>([
  ["ISO 8601", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000000Z"],
  ["a text that is no instant", "yesterday", undefined],
  ["seconds", 1_769_860_800, "2026-01-31T12:00:00.000000Z"],
  ["fractions of a second", 1_769_860_800.123456, "2026-01-31T12:00:00.123456Z"],
  ["milliseconds", 1_769_860_800_123, "2026-01-31T12:00:00.123000Z"],
  ["the last second", 99_999_999_999, undefined],
  ["the first millisecond", 100_000_000_000, "1973-03-03T09:46:40.000000Z"],
  ["the last millisecond", 8_999_999_999_999, "2255-03-14T15:59:59.999000Z"],
  ["one millisecond more", 9_000_000_000_000, undefined],
  ["digits that no double holds", parseJsonNumbers("1769860800.12345600000000001"), "2026-01-31T12:00:00.123456Z"],
  ["zero", 0, undefined],
  ["one second", 1, "1970-01-01T00:00:01.000000Z"],
  ["a time before 1970", -1, undefined],
  ["not a number", Number.NaN, undefined],
  ["infinity", Number.POSITIVE_INFINITY, undefined],
  ["a time too far away", 1e300, undefined],
  ["null", null, undefined],
  ["an object", {}, undefined],
])("an instant given as %s", (_what, value, instant) => {
  expect(instantOf(value)).toBe(instant);
});

test("a payload that is nested too deeply is cut, null is none, and all else stays", () => {
  expect([payloadOf(null), payloadOf(undefined), payloadOf(0), payloadOf("")]).toEqual([undefined, undefined, 0, ""]);
  const deepest = nested(128);
  expect(payloadOf(deepest)).toBe(deepest);
  expect(payloadOf([deepest])).toBe("[Truncated: deeper than 128 levels]");
});

test("data has what is there", () => {
  expect(dataOf({ a: 1, b: null, c: undefined, d: false, e: nested(129) })).toEqual({
    a: 1,
    d: false,
    e: "[Truncated: deeper than 128 levels]",
  });
});

test("what is no record counts as an empty one", () => {
  const record = { a: 1 };
  expect(recordOf(record)).toBe(record);
  expect([recordOf([1]), recordOf("a"), recordOf(null), recordOf(undefined)]).toEqual([{}, {}, {}, {}]);
});

describe("an error", () => {
  test.each([[undefined], [null], [""], [false]])("that is %j is none", (value) => {
    expect(errorOf(value)).toBeUndefined();
  });

  test.each<[value: unknown, error: object]>([
    ["ValueError('no')", { type: "ValueError", message: "ValueError('no')" }],
    ["IOException: no", { type: "IOException", message: "IOException: no" }],
    ["no ValueError at its beginning", { type: "Error", message: "no ValueError at its beginning" }],
    ["Errors", { type: "Error", message: "Errors" }],
    [
      { name: "TypeError", type: "t", message: "m", stack: "s" },
      { type: "TypeError", message: "m", stack: "s" },
    ],
    [
      { type: "t", message: "m", stack: 5 },
      { type: "t", message: "m" },
    ],
    [{ message: "" }, { type: "Error", message: '{"message":""}' }],
    [["a"], { type: "Error", message: '["a"]' }],
    [true, { type: "Error", message: "true" }],
    [0, { type: "Error", message: "0" }],
  ])("given as %j", (value, error) => {
    expect(errorOf(value)).toStrictEqual(error);
  });
});
