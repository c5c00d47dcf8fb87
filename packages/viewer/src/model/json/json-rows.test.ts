import { parseJsonNumbers } from "@everspan/protocol";
import { describe, expect, test } from "vitest";
import { DEFAULT_OPENING, type JsonRow, jsonRows } from "./json-rows.ts";

const line = (row: JsonRow) =>
  "  ".repeat(row.depth) +
  (row.kind === "text"
    ? row.text
    : row.kind === "more"
      ? `${row.hiddenCount} more`
      : `${row.label ?? ""}${row.kind === "container" ? `${row.isArray ? "[" : "{"}${row.size}${row.isOpen ? "" : "…"}` : `=${row.text}`}`);

const lines = (value: unknown, opening = DEFAULT_OPENING, columns = 60) => jsonRows(value, opening, columns).map(line);

describe("rows of JSON", () => {
  test("containers are open down to a depth, empty ones closed", () => {
    expect(lines({ a: 1, b: { c: { d: 2 } }, e: [], f: null })).toEqual([
      "{4",
      "  a=1",
      "  b{1",
      "    c{1…",
      "  e[0…",
      "  f=null",
    ]);
  });

  test("a number that no double holds stands as it was sent", () => {
    const text = '{"id":9007199254740993,"list":[1e400,-0]}';
    expect(lines(parseJsonNumbers(text))).toEqual([
      "{2",
      "  id=9007199254740993",
      "  list[2",
      "    0=1e400",
      "    1=-0",
    ]);
    const rows = jsonRows(parseJsonNumbers(text), DEFAULT_OPENING, 60);
    expect(rows[1]).toMatchObject({ kind: "value", type: "number" });
  });

  test("a long string is one line until it is opened, then lines that fit", () => {
    const [, row] = jsonRows({ text: "abcdefghij\n".repeat(8) }, DEFAULT_OPENING, 20);
    expect(row).toMatchObject({ kind: "value", long: { length: 88, isOpen: false } });
    const opened = lines({ text: `${"x".repeat(45)}\nend` }, { ...DEFAULT_OPENING, toggled: new Set([row!.path]) }, 20);
    expect(opened.slice(2)).toEqual([
      `    ${"x".repeat(20)}`,
      `    ${"x".repeat(20)}`,
      `    ${"x".repeat(5)}`,
      "    end",
    ]);
  });

  test("V1 a list of a million items shows the first and says how many more there are", () => {
    const rows = jsonRows(
      Array.from({ length: 1_000_000 }, (_, n) => n),
      DEFAULT_OPENING,
      60,
    );
    expect(rows).toHaveLength(202);
    expect(rows.at(-1)).toMatchObject({ kind: "more", hiddenCount: 999_800 });
  });

  test("V1 a string of 20 MB costs one short line", () => {
    const rows = jsonRows({ big: "y".repeat(20 * 1024 * 1024) }, DEFAULT_OPENING, 60);
    expect(rows).toHaveLength(2);
    expect(line(rows[1]!).length).toBeLessThan(100);
  });

  test("V1 JSON nested 50,000 deep needs no recursion", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 50_000; depth++) value = [value];
    expect(jsonRows(value, { ...DEFAULT_OPENING, openDepth: 300 }, 60)).toHaveLength(301);
  });
});
