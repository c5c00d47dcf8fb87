import { expect, test } from "vitest";
import { type TreeSpan, treeFacts } from "./tree-facts.ts";

const span = (id: string, parentId: string | null, fields: Partial<TreeSpan> = {}): TreeSpan => ({
  id,
  parentId,
  kind: "other",
  failed: false,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
  ...fields,
});

test("one fault that passes through four spans is one cause, and two faults are two", () => {
  const failed = { failed: true };
  const chain = [span("a", null, failed), span("b", "a", failed), span("c", "b", failed), span("d", "c", failed)];
  expect(treeFacts(chain).causes).toBe(1);
  expect(treeFacts([...chain, span("e", "b", failed)]).causes).toBe(2);
  expect(treeFacts([...chain].reverse()).causes).toBe(1);
});

test("a failure below a span that did not fail itself is a cause, and its failed ancestors are none", () => {
  expect(treeFacts([span("a", null, { failed: true }), span("b", "a"), span("c", "b", { failed: true })]).causes).toBe(
    1,
  );
});

test.each([
  [
    "a model call within a model call",
    [span("a", null, { inputTokens: 300 }), span("b", "a", { inputTokens: 300 })],
    300,
  ],
  [
    "a plain span that sums its children",
    [span("w", null, { inputTokens: 113 }), span("x", "w", { inputTokens: 56 }), span("y", "w", { inputTokens: 57 })],
    113,
  ],
  ["usage on a wrapper alone", [span("w", null, { inputTokens: 7 }), span("x", "w")], 7],
  [
    "a wrapper two levels up",
    [span("w", null, { inputTokens: 9 }), span("m", "w"), span("x", "m", { inputTokens: 9 })],
    9,
  ],
  [
    "one response recorded by two libraries beside each other",
    [span("a", null, { inputTokens: 5, responseId: "r" }), span("b", null, { inputTokens: 5, responseId: "r" })],
    5,
  ],
  ["two that are each other's parent", [span("a", "b", { inputTokens: 1 }), span("b", "a", { inputTokens: 1 })], 1],
])("the tokens of %s count once", (_case, spans, tokens) => {
  expect(treeFacts(spans).inputTokens).toBe(tokens);
});

test("a cost said only by the wrapper counts beside the tokens of its children", () => {
  const spans = [span("w", null, { inputTokens: 9, costUsd: 0.5 }), span("x", "w", { inputTokens: 9 })];
  expect(treeFacts(spans)).toMatchObject({ inputTokens: 9, costUsd: 0.5 });
});

test("sums stop at the largest integer that a double holds exactly", () => {
  const most = { inputTokens: Number.MAX_SAFE_INTEGER, costUsd: 1e308 };
  const { inputTokens, costUsd } = treeFacts([span("a", null, most), span("b", null, most)]);
  expect([inputTokens, costUsd]).toEqual([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
});

test("a chain of a hundred thousand spans costs its length", () => {
  const spans = Array.from({ length: 100_000 }, (_, i) =>
    span(`${i}`, i === 0 ? null : `${i - 1}`, { failed: true, inputTokens: 1 }),
  );
  expect(treeFacts(spans)).toMatchObject({ causes: 1, inputTokens: 1 });
});
