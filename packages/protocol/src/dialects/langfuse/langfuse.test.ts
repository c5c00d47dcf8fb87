import { describe, expect, test } from "vitest";
import type { SpanPiece } from "../../pieces.ts";
import { fromLangfuseBatch } from "./langfuse.ts";

const RECEIVED = "2026-01-31T13:00:00.000000Z";
const AT = "2026-01-31T12:00:05.000000Z";
const AT_MICROS = 1_769_860_805_000_000;

function piecesOf(...events: unknown[]): readonly SpanPiece[] {
  const decoded = fromLangfuseBatch({ batch: events }, RECEIVED);
  if (!decoded.ok) throw new Error(decoded.message);
  expect(decoded.rejected).toEqual([]);
  return decoded.pieces;
}

const event = (type: string, body: unknown, timestamp: unknown = AT) => ({ id: "e", type, timestamp, body });
const observation = (type: string, body: object) => piecesOf(event(type, { id: "o", traceId: "t", ...body }))[0]!;

describe("a trace", () => {
  test("is the root span: it lasts at least until it was written to", () => {
    const body = {
      id: "t",
      timestamp: "2026-01-31T12:00:00Z",
      name: "my trace",
      sessionId: "session",
      userId: "user",
      input: "question",
      output: { answer: 42 },
      tags: ["a"],
      public: true,
      release: "r1",
      version: "v1",
      environment: "production",
      metadata: { a: 1 },
    };
    expect(piecesOf(event("trace-create", body))).toEqual([
      {
        traceId: "t",
        id: "t",
        guessedStart: "2026-01-31T12:00:00.000000Z",
        stamp: AT_MICROS,
        stated: {
          name: "my trace",
          taskId: "session",
          startTime: "2026-01-31T12:00:00.000000Z",
          endTime: AT,
          input: "question",
          output: { answer: 42 },
        },
        data: {
          "langfuse.trace.name": "my trace",
          "langfuse.trace.tags": ["a"],
          "langfuse.trace.public": true,
          "user.id": "user",
          "langfuse.release": "r1",
          "langfuse.version": "v1",
          "langfuse.environment": "production",
          metadata: { a: 1 },
        },
      },
    ]);
  });

  test("without a start of its own is guessed to start when it was written", () => {
    expect(piecesOf(event("trace-create", { id: "t" }))).toEqual([
      { traceId: "t", id: "t", guessedStart: AT, stamp: AT_MICROS, stated: { endTime: AT }, data: {} },
    ]);
    expect(piecesOf(event("trace-create", { id: "t" }, "no time"))[0]).toMatchObject({ guessedStart: RECEIVED });
  });
});

describe("an observation", () => {
  test("is a span below its trace, and the trace lasts until it has ended", () => {
    const body = {
      id: "g",
      traceId: "t",
      name: "llm-call",
      startTime: "2026-01-31T12:00:01Z",
      endTime: "2026-01-31T12:00:03Z",
      input: ["hi"],
      output: "hello",
      level: "WARNING",
      statusMessage: "slow",
      model: "gpt-4o",
      modelParameters: { temperature: 1 },
      usageDetails: { input: 1 },
      usage: { input: 2 },
      costDetails: { total: 3 },
      completionStartTime: "2026-01-31T12:00:02Z",
      promptName: "p",
      promptVersion: 4,
      environment: "production",
      version: "v1",
      metadata: { a: 1 },
    };
    expect(piecesOf(event("generation-create", body))).toEqual([
      {
        traceId: "t",
        id: "g",
        guessedStart: "2026-01-31T12:00:01.000000Z",
        stamp: AT_MICROS,
        stated: {
          parentId: "t",
          name: "llm-call",
          type: "COMPLETION",
          startTime: "2026-01-31T12:00:01.000000Z",
          endTime: "2026-01-31T12:00:03.000000Z",
          status: "OK",
          input: ["hi"],
          output: "hello",
        },
        data: {
          "langfuse.observation.type": "generation",
          "langfuse.observation.level": "WARNING",
          "langfuse.observation.status_message": "slow",
          "langfuse.observation.model.name": "gpt-4o",
          "langfuse.observation.model.parameters": { temperature: 1 },
          "langfuse.observation.usage_details": { input: 1 },
          "langfuse.observation.cost_details": { total: 3 },
          "langfuse.observation.completion_start_time": "2026-01-31T12:00:02Z",
          "langfuse.observation.prompt.name": "p",
          "langfuse.observation.prompt.version": 4,
          "langfuse.environment": "production",
          "langfuse.version": "v1",
          metadata: { a: 1 },
        },
      },
      {
        traceId: "t",
        id: "t",
        guessedStart: "2026-01-31T12:00:01.000000Z",
        stamp: 1_769_860_803_000_000,
        stated: { endTime: "2026-01-31T12:00:03.000000Z" },
      },
    ]);
  });

  test("that runs does not move the end of its trace; that is its own trace neither", () => {
    expect(piecesOf(event("span-create", { id: "o", traceId: "t" }))).toHaveLength(1);
    const endTime = "2026-01-31T12:00:03Z";
    const own = piecesOf(event("span-create", { id: "o", endTime }));
    expect(own).toMatchObject([{ traceId: "o", id: "o" }]);
    expect(own[0]!.stated.parentId).toBeUndefined();
    expect(piecesOf(event("span-update", { id: "o", traceId: "t", endTime }))[1]).toMatchObject({ guessedStart: AT });
  });

  test.each([
    ["a parent of its own", "span-create", { parentObservationId: "p" }, "p"],
    ["an update with a parent", "span-update", { parentObservationId: "p" }, "p"],
    ["a create without one", "span-create", {}, "t"],
    ["an update without one, which states none", "span-update", {}, undefined],
  ])("stands where it is said to: %s", (_what, type, body, parentId) => {
    expect(observation(type, body).stated.parentId).toBe(parentId);
  });

  test.each([
    ["generation-create", undefined, "generation", "COMPLETION"],
    ["embedding-create", undefined, "embedding", "COMPLETION"],
    ["tool-update", undefined, "tool", "CODE_EXECUTION"],
    ["agent-create", undefined, "agent", "AGENT_WORKFLOW"],
    ["retriever-create", undefined, "retriever", "KB_RETRIEVAL"],
    ["evaluator-create", undefined, "evaluator", "EVALUATION"],
    ["guardrail-create", undefined, "guardrail", "GUARDRAIL"],
    ["chain-create", undefined, "chain", "STANDALONE"],
    ["span-update", undefined, "span", "STANDALONE"],
    ["observation-create", "TOOL", "tool", "CODE_EXECUTION"],
    ["observation-update", undefined, undefined, undefined],
  ])("of the event %s with the type %s is %s: %s", (eventType, type, kind, spanType) => {
    const { stated, data } = observation(eventType, { type });
    expect([data?.["langfuse.observation.type"], stated.type]).toEqual([kind, spanType]);
  });

  test.each([
    ["none", undefined, undefined, undefined],
    ["an error", "ERROR", "ERROR", { type: "Error", message: "429" }],
    ["any other", "DEFAULT", "OK", undefined],
  ])("with a level that is %s", (_what, level, status, error) => {
    const { stated } = observation("span-create", { level, statusMessage: "429" });
    expect([stated.status, stated.error]).toEqual([status, error]);
  });

  test("that failed without a message has an empty one", () => {
    expect(observation("span-update", { level: "ERROR" }).stated.error).toEqual({ type: "Error", message: "" });
  });

  test("that is an event ends when it begins", () => {
    const startTime = "2026-01-31T12:00:01Z";
    const begun = "2026-01-31T12:00:01.000000Z";
    expect(observation("event-create", { startTime }).stated).toMatchObject({ startTime: begun, endTime: begun });
    expect(observation("event-create", {}).stated.endTime).toBe(AT);
    expect(observation("event-update", { startTime }).stated.endTime).toBeUndefined();
    expect(observation("span-create", { startTime }).stated.endTime).toBeUndefined();
  });

  test("has the usage of older clients", () => {
    const { data } = observation("generation-create", { usage: { input: 2 } });
    expect(data?.["langfuse.observation.usage_details"]).toEqual({ input: 2 });
  });
});

test("a log line of the client is taken and says nothing", () => {
  expect(piecesOf(event("sdk-log", { log: "x" }))).toEqual([]);
});

test.each([
  ["no object", 7, "", "an event must be an object, got a number"],
  ["of an unknown type", event("score-create", {}), "e", 'events of the type "score-create" are not kept'],
  ["with more after its type", event("span-creates", {}), "e", 'events of the type "span-creates" are not kept'],
  ["with more before its type", event("a span-create", {}), "e", 'events of the type "a span-create" are not kept'],
  [
    "of a type that is long",
    event("x".repeat(99), {}),
    "e",
    `events of the type ${JSON.stringify("x".repeat(40))} are not kept`,
  ],
  ["a trace without an id", event("trace-create", {}), "e", "body.id must be a text, got nothing"],
  ["an observation without an id", event("span-create", []), "e", "body.id must be a text, got nothing"],
])("an event that is %s is told apart from those that were taken", (_what, bad, id, reason) => {
  const good = event("trace-create", { id: "t" });
  expect(fromLangfuseBatch({ batch: [bad, good] }, RECEIVED)).toEqual({
    ok: true,
    pieces: piecesOf(good),
    rejected: [{ id, reason }],
  });
});

test.each([
  ["that is no object", null, "a request must be an object, got null"],
  ["without a batch", {}, "batch must be an array, got nothing"],
])("a request %s is refused", (_what, body, message) => {
  expect(fromLangfuseBatch(body, RECEIVED)).toEqual({ ok: false, status: 400, message });
});
