import type { ProducerSummary } from "@everspan/protocol";
import { expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { ALL_OPEN } from "../trace/fold.ts";
import { buildSpanTree, type SpanTree } from "../trace/span-tree.ts";
import { storyOf } from "./story.ts";
import { lossesOf, verdictOf } from "./verdict.ts";

const tree = buildSpanTree(
  drawTrace(
    `
    run        AGENT_WORKFLOW    0-1000 ERROR
      chat     COMPLETION        0-600
      search   EXTERNAL_ENDPOINT 600-900 ERROR
        http   STANDALONE        610-890 ERROR
          read STANDALONE        700-880 ERROR
      chat2    COMPLETION        900-1000
  `,
    {
      read: { error: { type: "ParseError", message: "offers.parse failed" } },
      chat: { model: "openai/gpt-4o", inputTokens: 900, outputTokens: 10, costUsd: 0.03 },
      chat2: { model: "openai/gpt-4o", inputTokens: 100, outputTokens: 10, costUsd: 0.01 },
    },
  ),
);
const lines = verdictOf(tree, storyOf(tree, ALL_OPEN), []);

test("the cause is the innermost failing span, counted once, with the way to it", () => {
  expect(tree.causeIndexes.map((index) => tree.nodes[index]!.span.id)).toEqual(["read"]);
  expect(lines[0]).toMatchObject({
    kind: "failure",
    text: "ParseError: offers.parse failed",
    where: "step 1 · search › http › read",
  });
});

test("the greatest part of the time and the dearest step are named", () => {
  expect(lines[1]).toMatchObject({
    kind: "time",
    text: "70 % of the time in gpt-4o",
    where: "longest: step 1 · chat, 600 ms",
  });
  expect(lines[2]).toMatchObject({ kind: "money", text: "Most expensive: step 1 · chat, $0.030" });
});

test("a span that states the sum of the calls in it is not the dearest step", () => {
  const spans = drawTrace(`
    run   AGENT_WORKFLOW 0-10
      one COMPLETION     1-3
      two COMPLETION     4-9
  `);
  const usage: Record<string, number> = { run: 90, one: 30, two: 60 };
  const priced = buildSpanTree(spans.map((span) => ({ ...span, inputTokens: usage[span.id]! })));
  const money = (of: SpanTree) => verdictOf(of, storyOf(of, ALL_OPEN), []).find(({ kind }) => kind === "money");
  expect(money(priced)).toMatchObject({ text: "Most tokens: step 2 · two, 60 tokens" });
  // With one call there is nothing to choose.
  const one = spans.filter(({ id }) => id !== "two").map((span) => ({ ...span, inputTokens: 30 }));
  expect(money(buildSpanTree(one))).toBeUndefined();
});

test("what is missing is said: dropped records, a root that did not arrive", () => {
  const orphans = drawTrace("a STANDALONE 0-5\nb STANDALONE 1-6").map((span) => ({ ...span, parentId: "gone" }));
  const producers = [{ ledger: { dropped: { queue_full: 3 } } }] as unknown as ProducerSummary[];
  expect(lossesOf(buildSpanTree(orphans), producers)).toEqual([
    "3 records dropped by its processes",
    "the span that began it did not arrive",
    "1 parent span missing, above 2 spans",
  ]);
  expect(lossesOf(tree, [])).toEqual([]);
});

test("the longest is one of what the time went to, whatever was left open beside it", () => {
  const left = drawTrace(
    "run AGENT_WORKFLOW 0-\n  chat COMPLETION 20-900\n  lookup EXTERNAL_ENDPOINT 910-\n  draft COMPLETION 1510-4200",
  );
  const leftTree = buildSpanTree(left);
  const time = verdictOf(leftTree, storyOf(leftTree, ALL_OPEN), []).find(({ kind }) => kind === "time");
  expect(time?.where).toBe("longest: step 2 · draft, 2.69 s");
});
