import { describe, expect, test } from "vitest";
import type { SpanPiece } from "../../pieces.ts";
import { fromOpenAiTraces } from "./openai-traces.ts";

const RECEIVED = "2026-01-31T13:00:00.000000Z";

function piecesOf(...items: unknown[]): readonly SpanPiece[] {
  const decoded = fromOpenAiTraces({ data: items }, RECEIVED);
  if (!decoded.ok) throw new Error(decoded.message);
  expect(decoded.rejected).toEqual([]);
  return decoded.pieces;
}

const span = (data: object, fields: object = {}) => ({
  object: "trace.span",
  id: "span_a",
  trace_id: "trace_1",
  span_data: data,
  ...fields,
});
const statedOf = (data: object, fields: object = {}) => piecesOf(span(data, fields))[0]!.stated;

test("a trace is the root span, an agent's workflow that begins with the first of its spans", () => {
  const trace = {
    object: "trace",
    id: "trace_1",
    workflow_name: "Support",
    group_id: "thread",
    metadata: { team: "a" },
  };
  const late = span({}, { id: "late", started_at: "2026-01-31T12:00:02Z" });
  const early = span({}, { id: "early", started_at: "2026-01-31T12:00:01Z" });
  expect(piecesOf(trace, late, early)[0]).toEqual({
    traceId: "trace_1",
    id: "trace_1",
    guessedStart: "2026-01-31T12:00:01.000000Z",
    stamp: 1,
    stated: {
      name: "Support",
      type: "AGENT_WORKFLOW",
      taskId: "thread",
      endTime: "2026-01-31T12:00:01.000000Z",
    },
    data: { metadata: { team: "a" } },
  });
  expect(piecesOf({ object: "trace", id: "t" })[0]).toMatchObject({ guessedStart: RECEIVED });
});

test("a span is all that it says, and its trace lasts until it has ended", () => {
  const data = {
    type: "generation",
    model: "gpt-4o",
    input: [{ role: "user", content: "hi" }],
    output: [{ role: "assistant", content: "hello" }],
    usage: { input_tokens: 7 },
  };
  const times = { started_at: "2026-01-31T12:00:00Z", ended_at: "2026-01-31T12:00:01Z" };
  expect(piecesOf(span(data, { ...times, parent_id: "span_p" }))).toEqual([
    {
      traceId: "trace_1",
      id: "span_a",
      guessedStart: "2026-01-31T12:00:00.000000Z",
      stamp: 2,
      stated: {
        parentId: "span_p",
        name: "generation gpt-4o",
        type: "COMPLETION",
        startTime: "2026-01-31T12:00:00.000000Z",
        endTime: "2026-01-31T12:00:01.000000Z",
        status: "OK",
        input: data.input,
        output: data.output,
      },
      data: { model: "gpt-4o", usage: { input_tokens: 7 }, "openai.span_type": "generation" },
    },
    {
      traceId: "trace_1",
      id: "trace_1",
      guessedStart: "2026-01-31T12:00:00.000000Z",
      stamp: 1_769_860_801_000_000,
      stated: { endTime: "2026-01-31T12:00:01.000000Z" },
    },
  ]);
});

test("a span without a parent stands below the trace, and one that runs leaves the trace's end alone", () => {
  expect(piecesOf(span({}))).toMatchObject([{ guessedStart: RECEIVED, stamp: 1, stated: { parentId: "trace_1" } }]);
});

test("a span without a start leaves the trace's start where it ends", () => {
  const [piece, root] = piecesOf(span({}, { ended_at: "2026-01-31T12:00:01Z" }));
  expect(piece!.guessedStart).toBe(RECEIVED);
  expect(root!.guessedStart).toBe("2026-01-31T12:00:01.000000Z");
});

test("a failed span has its error", () => {
  expect(statedOf({}, { error: { message: "tool broke", data: {} } })).toMatchObject({
    status: "ERROR",
    error: { type: "Error", message: "tool broke" },
  });
});

describe("the name of a span", () => {
  test.each([
    ["its own", { type: "agent", name: "Triage", model: "m" }, "Triage"],
    ["its type and its model", { type: "generation", model: "gpt-4o" }, "generation gpt-4o"],
    ["its type and its server", { type: "mcp_tools", server: "files" }, "mcp_tools files"],
    ["its type", { type: "response" }, "response"],
    ["none at all", {}, "span"],
    ["of a handoff both sides", { type: "handoff", from_agent: "A", to_agent: "B" }, "handoff to B from A"],
    ["of a handoff its target", { type: "handoff", to_agent: "B", model: "m" }, "handoff to B"],
    ["of a handoff to nobody", { type: "handoff" }, "handoff to ?"],
  ])("is %s", (_what, data, name) => {
    expect(statedOf(data).name).toBe(name);
  });
});

test.each([
  ["agent", "AGENT_WORKFLOW"],
  ["generation", "COMPLETION"],
  ["response", "COMPLETION"],
  ["function", "CODE_EXECUTION"],
  ["mcp_tools", "CODE_EXECUTION"],
  ["guardrail", "GUARDRAIL"],
  ["custom", "CUSTOM"],
  ["speech", "STANDALONE"],
])("a span of the type %s is of the type %s", (type, spanType) => {
  expect(statedOf({ type }).type).toBe(spanType);
});

describe("what went in and what came out", () => {
  test.each([
    ["under their own names", { input: 1, output: 2, _input: 3, response: 4 }, 1, 2],
    ["under private names", { _input: 3, _response: 5 }, 3, 5],
    ["a response before a private one", { response: 4, _response: 5, result: 6 }, undefined, 4],
    ["a private response before a result", { _response: 5, result: 6 }, undefined, 5],
    ["a result", { result: 6 }, undefined, 6],
  ])("stand %s, and nowhere else", (_what, data, input, output) => {
    const [piece] = piecesOf(span({ type: "custom", ...data }));
    expect([piece!.stated.input, piece!.stated.output]).toEqual([input, output]);
    expect(piece!.data).toEqual({ "openai.span_type": "custom" });
  });
});

test.each([
  ["no object", 7, "", "an item must be an object, got a number"],
  ["without an id", { object: "trace" }, "", "id must be a text, got nothing"],
  ["of an unknown kind", { object: "event", id: "x" }, "x", "object must be trace or trace.span, got a string"],
  ["of no trace", { object: "trace.span", id: "x" }, "x", "trace_id must be a text, got nothing"],
])("an item that is %s is told apart from those that were taken", (_what, bad, id, reason) => {
  const good = { object: "trace", id: "t" };
  expect(fromOpenAiTraces({ data: [bad, good] }, RECEIVED)).toEqual({
    ok: true,
    pieces: piecesOf(good),
    rejected: [{ id, reason }],
  });
});

test.each([
  ["that is no object", "x", "a request must be an object, got a string"],
  ["without data", {}, "data must be an array, got nothing"],
])("a request %s is refused", (_what, body, message) => {
  expect(fromOpenAiTraces(body, RECEIVED)).toEqual({ ok: false, status: 400, message });
});
