import { describe, expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { ALL_FOLDED, ALL_OPEN } from "../trace/fold.ts";
import { buildSpanTree } from "../trace/span-tree.ts";
import { type Story, storyOf, storyRowOf, storyStops } from "./story.ts";

function told(story: Story): string[] {
  return story.rows.map((row) => {
    const indent = "  ".repeat(row.depth);
    if (row.kind === "gap") return `${indent}· ${row.ms} ms ·`;
    if (row.kind === "agent") return `${indent}[${row.node.span.id} ${row.stepCount}]`;
    if (row.kind === "span") return `${indent}${row.node.span.id}`;
    return [`${indent}${row.number} ${row.node.span.id}`, ...row.tools.map(({ span }) => span.id)].join(" + ");
  });
}

const story = (drawing: string, fold = ALL_OPEN) => storyOf(buildSpanTree(drawTrace(drawing)), fold);

describe("steps", () => {
  test("a model call and the tools that ran before the next one are one step", () => {
    const drawn = story(`
      run      AGENT_WORKFLOW 0-100
        recall KB_RETRIEVAL   0-5
        chat   COMPLETION     5-30
        ls     CODE_EXECUTION 30-40
        cat    CODE_EXECUTION 30-45
        chat2  COMPLETION     45-100
    `);
    expect(told(drawn)).toEqual(["recall", "1 chat + ls + cat", "2 chat2"]);
    expect(storyStops(drawn)).toHaveLength(5);
  });

  test("a span that wraps each step only gives its contents, and so does a call around calls", () => {
    const drawn = story(`
      run         AGENT_WORKFLOW 0-100
        step1     AGENT_TRACER   0-50
          outer   COMPLETION     0-30
            inner COMPLETION     1-29
          ls      CODE_EXECUTION 30-50
        step2     AGENT_TRACER   50-100
          chat    COMPLETION     50-100
    `);
    expect(told(drawn)).toEqual(["1 inner + ls", "2 chat"]);
  });

  test("tools that hang below their call, or below a span around tools, belong to the step", () => {
    const drawn = story(`
      run       AGENT_WORKFLOW 0-100
        chat    COMPLETION     0-50
          ls    CODE_EXECUTION 10-20
        tools   CUSTOM         50-100
          cat   CODE_EXECUTION 50-60
    `);
    expect(told(drawn)).toEqual(["1 chat + ls + cat"]);
  });
});

describe("chapters", () => {
  const DRAWING = `
      run        AGENT_WORKFLOW    0-100
        chat     COMPLETION        0-20
        research EXTERNAL_ENDPOINT 20-60
          a      COMPLETION        20-30
          b      COMPLETION        30-60
        review   AGENT_TRACER      60-80
          c      COMPLETION        60-70
          policy GUARDRAIL         70-80
        end      COMPLETION        80-100
    `;

  test("a sub-agent is one, by its type or since a tool holds it; steps are counted over all of them", () => {
    expect(told(story(DRAWING))).toEqual([
      "1 chat",
      "[research 2]",
      "  2 a",
      "  3 b",
      "[review 1]",
      "  4 c",
      "  policy",
      "5 end",
    ]);
  });

  test("folded, it is a line, and the steps after it keep their numbers", () => {
    expect(told(story(DRAWING, ALL_FOLDED))).toEqual(["1 chat", "[research 2]", "[review 1]", "5 end"]);
  });

  test("a node that is folded away is shown by the row that holds it", () => {
    const tree = buildSpanTree(drawTrace(DRAWING));
    const folded = storyOf(tree, ALL_FOLDED);
    expect(storyRowOf(folded, tree, tree.indexById.get("b")!)).toBe(1);
    expect(storyRowOf(folded, tree, tree.indexById.get("run")!)).toBe(-1);
  });
});

test("where nothing was recorded for long there is a gap", () => {
  const drawn = story(`
    run    AGENT_WORKFLOW 0-20000
      a    COMPLETION     0-1000
      b    COMPLETION     1400-2000
      c    COMPLETION     14000-20000
  `);
  expect(told(drawn)).toEqual(["1 a", "2 b", "· 12000 ms ·", "3 c"]);
});

test("a trace without model calls has no steps, and its spans are lines", () => {
  const drawn = story(`
    run  STANDALONE 0-10
      a  STANDALONE 0-5
  `);
  expect(drawn.stepCount).toBe(0);
  expect(told(drawn)).toEqual(["a"]);
});
