import { describe, expect, test } from "vitest";
import { drawTrace, spanAt } from "../../testing/draw-trace.ts";
import { hugeTree } from "../../testing/fixture-traces.ts";
import { buildSpanTree, type SpanTree } from "./span-tree.ts";

/** The tree as it was drawn: two spaces a level. */
function drawn(tree: SpanTree): string[] {
  return tree.nodes.map(
    (node) => `${"  ".repeat(node.depth)}${node.span.id}${node.misplacement ? ` (${node.misplacement})` : ""}`,
  );
}

describe("the span tree", () => {
  test("lists spans in preorder, siblings by start time, whatever order they came in", () => {
    const spans = drawTrace(`
      run        AGENT_WORKFLOW 0-100
        first    COMPLETION     1-20
          inner  CODE_EXECUTION 2-10
        second   COMPLETION     30-60
    `);
    expect(drawn(buildSpanTree(spans.toReversed()))).toEqual(["run", "  first", "    inner", "  second"]);
  });

  test("knows each subtree's size, its errors, and the time that no child covers", () => {
    const { nodes } = buildSpanTree(
      drawTrace(`
        run        AGENT_WORKFLOW 0-100
          first    COMPLETION     10-50
          overlap  CODE_EXECUTION 40-60 ERROR
          late     CODE_EXECUTION 90-130
      `),
    );
    expect(nodes.map((node) => [node.span.id, node.subtreeSize, node.errorsBelow, node.selfMs])).toEqual([
      ["run", 4, 1, 40],
      ["first", 1, 0, 40],
      ["overlap", 1, 0, 20],
      ["late", 1, 0, 40],
    ]);
  });

  test("sums tokens and cost upwards, and counts none twice where a parent has its own", () => {
    const { nodes } = buildSpanTree(
      drawTrace(
        `
        run      AGENT_WORKFLOW 0-100
          turn   AGENT_TRACER   0-90
            a    COMPLETION     0-10
            b    COMPLETION     20-30
          c      COMPLETION     92-95
      `,
        {
          turn: { inputTokens: 30, outputTokens: 3, costUsd: 0.5 },
          a: { inputTokens: 10, outputTokens: 1, costUsd: 0.25 },
          b: { inputTokens: 20, outputTokens: 2, costUsd: 0.25 },
          c: { inputTokens: 5, outputTokens: 5, costUsd: 1 },
        },
      ),
    );
    expect(nodes[0]!.usage).toEqual({ inputTokens: 35, outputTokens: 8, costUsd: 1.5 });
  });

  test("V1 a span whose parent is not in the trace is a root that says so", () => {
    const spans = [spanAt("known", 0, 10), { ...spanAt("orphan", 5, 8), parentId: "missing" }];
    expect(drawn(buildSpanTree(spans))).toEqual(["known", "orphan (orphan)"]);
  });

  test("V1 a trace without its root shows every span", () => {
    const spans = [1, 2, 3].map((n) => ({ ...spanAt(`s${n}`, n, 10), parentId: n === 1 ? "missing" : `s${n - 1}` }));
    expect(drawn(buildSpanTree(spans))).toEqual(["s1 (orphan)", "  s2", "    s3"]);
  });

  test("V1 a cycle of parents is cut at its earliest span and every span appears once", () => {
    const spans = [
      { ...spanAt("b", 20, 30), parentId: "c" },
      { ...spanAt("c", 25, 28), parentId: "a" },
      { ...spanAt("a", 10, 40), parentId: "b" },
      { ...spanAt("below", 26, 27), parentId: "c" },
      { ...spanAt("itself", 5, 6), parentId: "itself" },
    ];
    expect(drawn(buildSpanTree(spans))).toEqual(["a (cycle)", "  c", "    b", "    below", "itself (cycle)"]);
  });

  test("V1 an id that occurs twice shows both spans, children under the first", () => {
    const spans = [spanAt("twin", 0, 10), spanAt("twin", 1, 10), { ...spanAt("child", 2, 3), parentId: "twin" }];
    expect(drawn(buildSpanTree(spans))).toEqual(["twin", "  child", "twin"]);
  });

  test("V1 5,000 levels of depth need no recursion", () => {
    const spans = Array.from({ length: 5000 }, (_, n) => ({
      ...spanAt(`s${n}`, n, 9000),
      ...(n ? { parentId: `s${n - 1}` } : {}),
    }));
    const tree = buildSpanTree(spans);
    expect(tree.nodes.at(-1)!.depth).toBe(4999);
    expect(tree.nodes[0]!.subtreeSize).toBe(5000);
  });

  test("V1 100,000 spans become a tree of 100,000 nodes", () => {
    const tree = buildSpanTree(hugeTree(100_000));
    expect(tree.nodes).toHaveLength(100_000);
    expect(tree.nodes[0]!.subtreeSize).toBe(100_000);
    expect(new Set(tree.nodes.map((node) => node.span.id)).size).toBe(100_000);
  });

  test("a running span has no end, and an end before the start is held at the start", () => {
    const { nodes, endMs, startMs } = buildSpanTree([spanAt("runs", 0, undefined), spanAt("back", 50, 20)]);
    expect(nodes.map((node) => (node.endMs === null ? null : node.endMs - node.startMs))).toEqual([null, 0]);
    expect(endMs - startMs).toBe(50);
  });

  test("an instant that can't be read doesn't lose the span", () => {
    const tree = buildSpanTree([{ ...spanAt("odd", 0, 10), startTime: "yesterday" }]);
    expect(tree.nodes).toHaveLength(1);
    expect(Number.isFinite(tree.nodes[0]!.selfMs)).toBe(true);
  });

  test("no spans make an empty tree", () => {
    expect(buildSpanTree([])).toMatchObject({ nodes: [], startMs: 0, endMs: 0, errorIndexes: [] });
  });
});
