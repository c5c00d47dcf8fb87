import { describe, expect, test } from "vitest";
import { type GrowingList, withAllRows, withFirstPage, withHeldShown, withNextPage } from "./list-merge.ts";

interface Row {
  readonly id: string;
  readonly version: number;
}
const idOf = ({ id }: Row) => id;
const page = (ids: string, nextCursor: string | null, version = 1) => ({
  rows: [...ids].map((id): Row => ({ id, version })),
  nextCursor,
});
const ids = (rows: readonly Row[]) => rows.map(idOf).join("");
const list = (drawn: string, held = ""): GrowingList<Row> => ({ ...page(drawn, "2"), held: page(held, null).rows });

describe("while the reader is at the top", () => {
  test("a refresh puts new rows on top and keeps the pages that were loaded below", () => {
    const loaded = withNextPage(withFirstPage(undefined, page("abc", "1"), idOf, false), "1", page("def", "2"), idOf);
    const refreshed = withFirstPage(loaded, page("xab", "9"), idOf, false);
    expect(ids(refreshed.rows)).toBe("xabcdef");
    expect(refreshed.nextCursor).toBe("2");
  });

  test("a page that shares nothing with the list would leave a gap, so the list begins anew", () => {
    expect(withFirstPage(list("abc"), page("xyz", "7"), idOf, false)).toEqual({ ...page("xyz", "7"), held: [] });
  });
});

describe("while the reader is somewhere below", () => {
  test("no row moves: new ones are held, known ones are renewed where they stand", () => {
    const held = withFirstPage(list("abc"), page("xb", "1", 2), idOf, true);
    expect(ids(held.rows)).toBe("abc");
    expect(held.rows.map(({ version }) => version)).toEqual([1, 2, 1]);
    expect(ids(held.held)).toBe("x");
  });

  test("a first page that is all there is tells what was deleted", () => {
    const held = withFirstPage({ ...list("abc", "y"), nextCursor: null }, page("xac", null, 2), idOf, true);
    expect([ids(held.rows), ids(held.held)]).toEqual(["ac", "x"]);
  });

  test("what is held once is held once, newest first, and keeps what fell out of the first page", () => {
    expect(ids(withFirstPage(list("abc", "xy"), page("zx", "1"), idOf, true).held)).toBe("zxy");
  });

  test("a burst of a whole page that shares nothing is held too", () => {
    const burst = withFirstPage(list("abc"), page("xyz", "1"), idOf, true);
    expect([ids(burst.rows), ids(burst.held)]).toEqual(["abc", "xyz"]);
  });

  test("what was held is drawn when it is asked for", () => {
    expect(withHeldShown(list("abc", "xy"))).toEqual({ ...list("xyabc"), held: [] });
  });
});

test("a row that moved to a later page is not drawn twice", () => {
  expect(ids(withNextPage(list("abc", "d"), "2", page("cde", null), idOf).rows)).toBe("abce");
});

test("a page that comes after the list began anew is of another list, and leaves no gap in this one", () => {
  const anew = withFirstPage(list("abc"), page("xyz", "7"), idOf, false);
  expect(withNextPage(anew, "2", page("def", "3"), idOf)).toBe(anew);
});

describe("when all rows are loaded again", () => {
  test("those below the first page are as they are now, and what was deleted is not there", () => {
    expect(withAllRows(list("abcdef"), page("xabdf", null, 2), idOf, false)).toEqual({
      ...page("xabdf", null, 2),
      held: [],
    });
  });

  test("no row moves while the reader is somewhere below, but what was deleted goes", () => {
    const held = withAllRows(list("abcdef", "y"), page("xabdf", null, 2), idOf, true);
    expect([ids(held.rows), ids(held.held)]).toEqual(["abdf", "x"]);
    expect(held.rows.every(({ version }) => version === 2)).toBe(true);
  });

  test("beyond the rows that were loaded again nothing is said to be gone", () => {
    const held = withAllRows(list("abcdef"), page("xabc", "9", 2), idOf, true);
    expect(held.rows.map(({ id, version }) => `${id}${version}`)).toEqual(["a2", "b2", "c2", "d1", "e1", "f1"]);
  });
});
