import { describe, expect, test } from "vitest";
import type { SpanPiece } from "../../pieces.ts";
import { fromLangSmithBatch, fromLangSmithRun } from "./langsmith.ts";

const RECEIVED = "2026-01-31T13:00:00.000000Z";

function pieceOf(run: unknown, operation: "post" | "patch" = "post"): SpanPiece {
  const piece = fromLangSmithRun(run, operation, RECEIVED);
  if ("reason" in piece) throw new Error(piece.reason);
  return piece;
}

const whole = {
  id: "child",
  trace_id: "root",
  parent_run_id: "parent",
  dotted_order: "20260131T115900000001Zroot.20260131T115930000002Zparent.20260131T120001000003Zchild",
  name: "ChatOpenAI",
  run_type: "llm",
  start_time: 1769860801000,
  end_time: "2026-01-31T12:00:02.500000+00:00",
  inputs: { messages: [{ role: "user", content: "hi" }] },
  outputs: { text: "hello", usage_metadata: { input_tokens: 7, output_tokens: 2 } },
  extra: {
    metadata: { ls_model_name: "gpt-4o", session_id: "session", user_id: "user", team: "a" },
    invocation_params: { temperature: 1 },
    runtime: { sdk: "langsmith-js" },
  },
  tags: ["t"],
  events: [{ name: "new_token" }],
  serialized: { lc: 1 },
  session_name: "project",
  reference_example_id: "example",
  attachments: [{ name: "photo" }],
};

test("a run says where it is, when it ran, and everything else as data", () => {
  expect(pieceOf(whole)).toEqual({
    traceId: "root",
    id: "child",
    guessedStart: "2026-01-31T12:00:01.000003Z",
    stamp: 1,
    stated: {
      parentId: "parent",
      taskId: "session",
      name: "ChatOpenAI",
      type: "COMPLETION",
      startTime: "2026-01-31T12:00:01.000000Z",
      endTime: "2026-01-31T12:00:02.500000Z",
      status: "OK",
      input: whole.inputs,
      output: whole.outputs,
    },
    data: {
      model: "gpt-4o",
      usage: { input_tokens: 7, output_tokens: 2 },
      parameters: { temperature: 1 },
      "user.id": "user",
      tags: ["t"],
      metadata: { team: "a" },
      events: [{ name: "new_token" }],
      extra: { runtime: { sdk: "langsmith-js" } },
      serialized: { lc: 1 },
      "langsmith.project": "project",
      "langsmith.span.kind": "llm",
      "langsmith.reference_example_id": "example",
      attachments: [{ name: "photo" }],
    },
  });
});

test("a run that says nothing but its id is a root that has just come, of a type that nobody stated", () => {
  expect(pieceOf({ id: "r" })).toEqual({
    traceId: "r",
    id: "r",
    guessedStart: RECEIVED,
    stamp: 1,
    stated: {},
    data: {},
  });
});

test("what is empty is no data", () => {
  const empty = { id: "r", tags: [], events: [], outputs: { usage_metadata: "none" }, extra: { metadata: {} } };
  expect(pieceOf(empty).data).toEqual({});
  expect(pieceOf({ id: "r", tags: "t", events: "e", extra: [] }).data).toEqual({});
});

describe("of two requests about a run the later is right:", () => {
  test.each([
    ["a post", "post", {}, 1],
    ["a post that ends the run already", "post", { end_time: 1769860802000 }, 1],
    ["a patch", "patch", {}, 2],
    ["the patch that ends the run", "patch", { end_time: 1769860802000 }, 3],
  ] as const)("%s", (_what, operation, changes, stamp) => {
    expect(pieceOf({ id: "r", ...changes }, operation).stamp).toBe(stamp);
  });
});

test.each([
  ["llm", "COMPLETION"],
  ["embedding", "COMPLETION"],
  ["tool", "CODE_EXECUTION"],
  ["retriever", "KB_RETRIEVAL"],
  ["prompt", "PROMPT_ENGINEERING"],
  ["chain", "STANDALONE"],
  ["parser", "DATA_MANIPULATION"],
  ["something new", "STANDALONE"],
  [5, "STANDALONE"],
  [null, undefined],
])("a run of the type %s is of the type %s", (runType, type) => {
  expect(pieceOf({ id: "r", run_type: runType }).stated.type).toBe(type);
});

test.each([
  ["neither ended nor failed", {}, undefined],
  ["ended", { end_time: 1769860802000 }, "OK"],
  ["failed", { error: "no" }, "ERROR"],
  ["ended by a failure", { error: "no", end_time: 1769860802000 }, "ERROR"],
])("a run that has %s", (_what, fields, status) => {
  expect(pieceOf({ id: "r", ...fields }).stated.status).toBe(status);
});

test("a failed run has its error by name", () => {
  expect(pieceOf({ id: "r", error: "ValueError('no')" }).stated.error).toEqual({
    type: "ValueError",
    message: "ValueError('no')",
  });
});

test.each([
  ["the session before the thread", { session_id: "s", thread_id: "t", conversation_id: "c" }, "s"],
  ["the thread before the conversation", { thread_id: "t", conversation_id: "c" }, "t"],
  ["the conversation", { session_id: "", conversation_id: "c" }, "c"],
])("the task is what the metadata calls %s", (_what, metadata, taskId) => {
  const piece = pieceOf({ id: "r", extra: { metadata } });
  expect(piece.stated.taskId).toBe(taskId);
  expect(piece.data).toEqual({});
});

describe("the dotted order", () => {
  const order = "20260131T115900000001Zroot.20260131T115930000002Zparent.20260131T120001000003Zchild";

  test("tells trace, parent and start where nothing else does", () => {
    expect(pieceOf({ id: "child", dotted_order: order })).toMatchObject({
      traceId: "root",
      guessedStart: "2026-01-31T12:00:01.000003Z",
      stated: { parentId: "parent" },
    });
  });

  test("of a root names no parent", () => {
    const piece = pieceOf({ id: "root", dotted_order: "20260131T115900000001Zroot" });
    expect(piece).toMatchObject({ traceId: "root", guessedStart: "2026-01-31T11:59:00.000001Z" });
    expect(piece.stated.parentId).toBeUndefined();
  });

  test.each([
    ["no text", 5],
    ["empty", ""],
    ["of another form", "root.child"],
    ["without its last part's form", "20260131T115900000001Zroot.child"],
    ["without its first part's form", "root.20260131T115900000001Zchild"],
    ["with digits missing", "2026013T115900000001Zr"],
    ["with something before its time", "x20260131T115900000001Zr"],
    ["without an id", "20260131T115900000001Z"],
  ])("that is %s counts as absent", (_what, dottedOrder) => {
    expect(pieceOf({ id: "r", dotted_order: dottedOrder })).toEqual(pieceOf({ id: "r" }));
  });

  test("with a date that is none, or an id that is none, still tells the rest", () => {
    expect(pieceOf({ id: "r", dotted_order: "20261331T115900000001Zroot" })).toMatchObject({
      traceId: "root",
      guessedStart: RECEIVED,
    });
    const long = `20260131T115900000001Z${"x".repeat(257)}`;
    const piece = pieceOf({ id: "r", dotted_order: `${long}.${long}.20260131T120001000003Zr` });
    expect(piece).toMatchObject({ traceId: "r", guessedStart: "2026-01-31T12:00:01.000003Z" });
    expect(piece.stated.parentId).toBeUndefined();
  });
});

describe("a batch", () => {
  test("has what it posts and what it patches, and tells what it could not read", () => {
    const body = { post: [{ id: "a" }, 7, { id: "" }], patch: [{ id: "b" }] };
    expect(fromLangSmithBatch(body, RECEIVED)).toEqual({
      ok: true,
      pieces: [pieceOf({ id: "a" }), pieceOf({ id: "b" }, "patch")],
      rejected: [
        { id: "", reason: "a run must be an object, got a number" },
        { id: "", reason: "id must be a text, got a string" },
      ],
    });
    expect(fromLangSmithBatch({}, RECEIVED)).toEqual({ ok: true, pieces: [], rejected: [] });
  });

  test.each([
    ["that is no object", [], "a batch must be an object, got an array"],
    ["whose posts are no list", { post: {} }, "post must be an array, got an object"],
    ["whose patches are no list", { post: [], patch: "x" }, "patch must be an array, got a string"],
  ])("%s is refused", (_what, body, message) => {
    expect(fromLangSmithBatch(body, RECEIVED)).toEqual({ ok: false, status: 422, message });
  });
});

test("what a dotted order does not tell is left to others, and nothing of it is undefined", () => {
  const long = `20260131T115900000001Z${"x".repeat(257)}`;
  const piece = pieceOf({ id: "r", dotted_order: `${long}.20261331T120001000003Zr` });
  expect(piece).toEqual({ ...pieceOf({ id: "r" }), traceId: "r", guessedStart: RECEIVED });
  expect(pieceOf({ id: "r", dotted_order: "20260131T115900000001Zroot\nmore" }).traceId).toBe("r");
});
