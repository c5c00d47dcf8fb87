import { expect, test } from "vitest";
import type { SpanPiece } from "../../pieces.ts";
import { fromBraintrustRows } from "./braintrust.ts";

const RECEIVED = "2026-01-31T13:00:00.000000Z";

function pieceOf(row: unknown): SpanPiece {
  const decoded = fromBraintrustRows({ rows: [row] }, RECEIVED);
  if (!decoded.ok) throw new Error(decoded.message);
  expect(decoded.rejected).toEqual([]);
  return decoded.pieces[0]!;
}

test("a row is a span, with everything that it says", () => {
  const row = {
    id: "row-1",
    span_id: "span",
    root_span_id: "root",
    span_parents: ["parent", "another"],
    created: "2026-01-31T11:00:00Z",
    project_id: "project",
    span_attributes: { name: "Chat Completion", type: "llm" },
    input: [{ role: "user", content: "hi" }],
    output: "hello",
    expected: "hullo",
    error: "TypeError: no",
    scores: { exact: 0 },
    tags: ["t"],
    metadata: { model: "gpt-4o", session_id: "session", user_id: "user", temperature: 1 },
    metrics: {
      start: 1769860800,
      end: 1769860801.5,
      prompt_tokens: 7,
      caller_filename: "a.ts",
      caller_functionname: "main",
      caller_lineno: 3,
    },
  };
  expect(pieceOf(row)).toEqual({
    traceId: "root",
    id: "span",
    guessedStart: "2026-01-31T12:00:00.000000Z",
    stamp: 1,
    stated: {
      parentId: "parent",
      taskId: "session",
      name: "Chat Completion",
      type: "COMPLETION",
      startTime: "2026-01-31T12:00:00.000000Z",
      endTime: "2026-01-31T12:00:01.500000Z",
      status: "ERROR",
      error: { type: "TypeError", message: "TypeError: no" },
      input: row.input,
      output: "hello",
    },
    data: {
      model: "gpt-4o",
      usage: { prompt_tokens: 7 },
      "user.id": "user",
      metadata: { temperature: 1 },
      tags: ["t"],
      scores: { exact: 0 },
      expected: "hullo",
      caller: { caller_functionname: "main", caller_filename: "a.ts", caller_lineno: 3 },
      "braintrust.project": "project",
      "braintrust.row": "row-1",
    },
  });
});

test("a row of its id alone is a root of an unknown type, with no data", () => {
  expect(pieceOf({ id: "row-1" })).toEqual({
    traceId: "row-1",
    id: "row-1",
    guessedStart: RECEIVED,
    stamp: 1,
    stated: {},
    data: {},
  });
  expect(
    pieceOf({ id: "row-1", span_parents: "p", metrics: [], metadata: 5, created: "2026-01-31T11:00:00Z" }),
  ).toEqual({ ...pieceOf({ id: "row-1" }), guessedStart: "2026-01-31T11:00:00.000000Z" });
});

test.each([
  ["a row", {}, 1],
  ["a row that has ended", { metrics: { end: 1769860800 } }, 1],
  ["what is merged into it", { _is_merge: true }, 2],
  ["the merge that ends it", { _is_merge: true, metrics: { end: 1769860800 } }, 3],
  ["a row that says it is no merge", { _is_merge: "no" }, 1],
])("of two rows of a span the later is right: %s", (_what, fields, stamp) => {
  expect(pieceOf({ id: "r", ...fields }).stamp).toBe(stamp);
});

test.each([
  ["llm", "COMPLETION"],
  ["tool", "CODE_EXECUTION"],
  ["function", "CODE_EXECUTION"],
  ["task", "AGENT_WORKFLOW"],
  ["score", "EVALUATION"],
  ["eval", "EVALUATION"],
  ["something new", "STANDALONE"],
])("a row of the type %s is of the type %s", (type, spanType) => {
  expect(pieceOf({ id: "r", span_attributes: { type } }).stated.type).toBe(spanType);
});

test("a row that is bad is told apart from those that were taken", () => {
  expect(fromBraintrustRows({ rows: [7, { id: "" }, { id: "row", span_id: 5 }, { id: "r" }] }, RECEIVED)).toEqual({
    ok: true,
    pieces: [pieceOf({ id: "r" })],
    rejected: [
      { id: "", reason: "a row must be an object, got a number" },
      { id: "", reason: "span_id must be a text, got a string" },
      { id: "row", reason: "span_id must be a text, got a number" },
    ],
  });
});

test.each([
  ["that is no object", 5, "a request must be an object, got a number"],
  ["without rows", {}, "rows must be an array, got nothing"],
])("a request %s is refused", (_what, body, message) => {
  expect(fromBraintrustRows(body, RECEIVED)).toEqual({ ok: false, status: 400, message });
});
