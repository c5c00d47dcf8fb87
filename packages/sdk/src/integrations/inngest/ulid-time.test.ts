import { expect, test } from "vitest";
import { ulidTime } from "./ulid-time.ts";

test("the time of a ULID, in whichever case; of nothing else", () => {
  expect(ulidTime("01ARYZ6S41TSV4RRFFQ69G5FAV")).toBe(1_469_918_176_385);
  expect(ulidTime("01aryz6s41tsv4rrffq69g5fav")).toBe(1_469_918_176_385);
  expect(ulidTime("00000000000000000000000000")).toBe(0);
  expect(ulidTime("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")).toBe(2 ** 48 - 1);
  for (const other of [
    "",
    "run-1",
    "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "01ARYZ6S41TSV4RRFFQ69G5FAU",
    `01ARYZ6S41${"a".repeat(17)}`,
  ]) {
    expect(ulidTime(other), other).toBeUndefined();
  }
});
