import { describe, expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { ALL_FOLDED, ALL_OPEN, isFolded, reveal, setFolded } from "../trace/fold.ts";
import { findSpans } from "../trace/search.ts";
import { buildSpanTree } from "../trace/span-tree.ts";
import { nextOf, rowOf, visibleRows } from "./trace-rows.ts";

const tree = buildSpanTree(
  drawTrace(
    `
    run      AGENT_WORKFLOW 0-100
      turn   AGENT_TRACER   0-50
        ask  COMPLETION     1-20
        grep CODE_EXECUTION 21-40 ERROR
      done   COMPLETION     60-90
  `,
    { grep: { error: { type: "ShellError", message: "no such file" } } },
  ),
);
const node = (id: string) => tree.nodes[tree.indexById.get(id)!]!;
const ids = (fold = ALL_OPEN) => [...visibleRows(tree, fold).nodeIndexes].map((index) => tree.nodes[index]!.span.id);

describe("the rows of a trace", () => {
  test("an open tree has a row for each span, a folded span hides what is below it", () => {
    expect(ids()).toEqual(["run", "turn", "ask", "grep", "done"]);
    expect(ids(setFolded(ALL_OPEN, node("turn"), true))).toEqual(["run", "turn", "done"]);
  });

  test("fold all keeps roots open, and a span can be opened in it", () => {
    expect(ids(ALL_FOLDED)).toEqual(["run", "turn", "done"]);
    expect(ids(setFolded(ALL_FOLDED, node("turn"), false))).toEqual(["run", "turn", "ask", "grep", "done"]);
    expect(ids(setFolded(ALL_FOLDED, node("run"), true))).toEqual(["run"]);
  });

  test("a span without children is never folded", () => {
    expect(isFolded(setFolded(ALL_OPEN, node("done"), true), node("done"))).toBe(false);
  });

  test("revealing a span opens all its ancestors and nothing else", () => {
    const fold = setFolded(setFolded(ALL_OPEN, node("run"), true), node("turn"), true);
    expect(ids(fold)).toEqual(["run"]);
    expect(ids(reveal(fold, tree, node("grep").index))).toEqual(["run", "turn", "ask", "grep", "done"]);
  });

  test("a span that is folded away is found at its nearest visible ancestor", () => {
    const rows = visibleRows(tree, setFolded(ALL_OPEN, node("turn"), true));
    expect(rowOf(rows, tree, node("grep").index)).toBe(1);
    expect(rowOf(rows, tree, node("done").index)).toBe(2);
    expect(rowOf(rows, tree, -1)).toBe(-1);
  });

  test("the next error comes round again, both ways", () => {
    expect(nextOf([3, 8], 3)).toBe(8);
    expect(nextOf([3, 8], 8)).toBe(3);
    expect(nextOf([3, 8], 3, true)).toBe(8);
    expect(nextOf([], 3)).toBeUndefined();
  });

  test("search finds spans by every word in name, type, model, id or error, in any case", () => {
    const found = (query: string) => findSpans(tree, query).map((index) => tree.nodes[index]!.span.id);
    expect(found("completion")).toEqual(["ask", "done"]);
    expect(found("GREP such")).toEqual(["grep"]);
    expect(found("grep nowhere")).toEqual([]);
    expect(found("  ")).toEqual([]);
  });
});
