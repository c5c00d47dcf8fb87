import type { StoredSpan } from "@everspan/protocol";
import { readSpan } from "@everspan/reading";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorFixture } from "../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
});
afterAll(() => fixture.stop());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fixture.send("POST", path, body, headers);
const stored = async (trace: string, id: string): Promise<StoredSpan> =>
  (await (await fixture.get(`/api/traces/${trace}/spans/${id}`)).json()) as StoredSpan;

describe("LangSmith", () => {
  const root = "20260131T120000000000Zroot";
  const run = (trace: string) => ({
    id: `${trace}-child`,
    trace_id: trace,
    parent_run_id: trace,
    dotted_order: `${root}.20260131T120001000000Z${trace}-child`,
    name: "ChatOpenAI",
    run_type: "llm",
    start_time: 1769860801000,
    inputs: { messages: [{ role: "user", content: "hi" }] },
    extra: { metadata: { ls_model_name: "gpt-4o", thread_id: "thread-1", team: "a" } },
    session_name: "project",
    tags: ["t"],
  });
  const end = (trace: string) => ({
    id: `${trace}-child`,
    trace_id: trace,
    parent_run_id: trace,
    dotted_order: run(trace).dotted_order,
    end_time: "2026-01-31T12:00:02.500000+00:00",
    outputs: { usage_metadata: { input_tokens: 7, output_tokens: 2 }, text: "hello" },
  });
  const expected = {
    name: "ChatOpenAI",
    type: "COMPLETION",
    startTime: "2026-01-31T12:00:01.000000Z",
    durationMs: 1500,
    taskId: "thread-1",
    status: "OK",
    model: "gpt-4o",
    inputTokens: 7,
    outputTokens: 2,
    input: { messages: [{ role: "user", content: "hi" }] },
    data: { tags: ["t"], metadata: { team: "a" }, "langsmith.project": "project" },
  };

  test("a run that is created and patched is one span, whichever comes first", async () => {
    expect((await post("/runs/batch", { post: [run("a")] })).status).toBe(202);
    expect(await stored("a", "a-child")).toMatchObject({ phase: "started", name: "ChatOpenAI" });
    expect((await post("/runs/batch", { patch: [end("a")] })).status).toBe(202);
    await post("/runs/batch", { patch: [end("b")] });
    expect(await stored("b", "b-child")).toMatchObject({ startTime: "2026-01-31T12:00:01.000000Z", parentId: "b" });
    await post("/runs", run("b"));
    for (const trace of ["a", "b"]) expect(await stored(trace, `${trace}-child`)).toMatchObject(expected);
  });

  test("a form of parts says the same, and names its attachments", async () => {
    const { inputs, ...rest } = run("c");
    const part = (name: string, type: string, content: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
    const body = [
      part("post.c-child", "application/json; length=1", JSON.stringify(rest)),
      part("post.c-child.inputs", "application/json", JSON.stringify(inputs)),
      part("attachment.c-child.photo", "image/png", "\u0000\u0001--"),
      part("patch.c-child", "application/json", JSON.stringify(end("c"))),
      "--b--\r\n",
    ].join("");
    const response = await post("/runs/multipart", body, { "content-type": "multipart/form-data; boundary=b" });
    expect(response.status).toBe(202);
    expect(await stored("c", "c-child")).toMatchObject({
      ...expected,
      data: { ...expected.data, attachments: [{ name: "photo", type: "image/png", bytes: 4 }] },
    });
  });

  test("a failed run has its error, and PATCH /runs/:id ends a run", async () => {
    await post("/runs", { ...run("d"), id: "d", trace_id: "d", dotted_order: `${root}`, parent_run_id: null });
    const error = "ValueError('no')\n\nTraceback (most recent call last):";
    await fixture.send("PATCH", "/runs/d", { trace_id: "d", end_time: 1769860802000, error });
    expect(await stored("d", "d")).toMatchObject({ status: "ERROR", error: { type: "ValueError", message: error } });
  });

  test.each([
    ["no boundary", "multipart/form-data", "x"],
    [
      "an end that is missing",
      "multipart/form-data; boundary=b",
      "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1",
    ],
    ["a part without a head", "multipart/form-data; boundary=b", "--b\r\nx\r\n--b--"],
  ])("a form with %s is 400", async (_what, type, body) => {
    expect((await post("/runs/multipart", body, { "content-type": type })).status).toBe(400);
  });

  test("tells its client that it may send forms", async () => {
    const info = (await (await fixture.get("/info")).json()) as { batch_ingest_config: unknown };
    expect(info.batch_ingest_config).toMatchObject({ use_multipart_endpoint: true });
  });
});

describe("Langfuse", () => {
  const event = (type: string, timestamp: string, body: unknown) => ({
    id: `${type}-${timestamp}`,
    type,
    timestamp,
    body,
  });
  const batch = (trace: string) => [
    event("trace-create", "2026-01-31T12:00:00.000Z", { id: trace, name: "my trace", userId: "u", sessionId: "s" }),
    event("generation-create", "2026-01-31T12:00:01.000Z", {
      id: `${trace}-g`,
      traceId: trace,
      name: "llm-call",
      startTime: "2026-01-31T12:00:00.500Z",
      model: "gpt-4o",
      input: [{ role: "user", content: "hi" }],
    }),
    event("generation-update", "2026-01-31T12:00:02.000Z", {
      id: `${trace}-g`,
      traceId: trace,
      endTime: "2026-01-31T12:00:01.500Z",
      output: { role: "assistant", content: "hello" },
      usageDetails: { input: 20, input_cached_tokens: 8, output: 5 },
      level: "ERROR",
      statusMessage: "429",
    }),
  ];

  test.each(["in order", "in reverse"])("events %s make a trace and its generation", async (order) => {
    const trace = order.replace(" ", "-");
    const events = order === "in order" ? batch(trace) : batch(trace).reverse();
    for (const one of events) {
      const response = await post("/api/public/ingestion", { batch: [one] });
      expect([response.status, await response.json()]).toEqual([
        207,
        { successes: [{ id: one.id, status: 201 }], errors: [] },
      ]);
    }
    expect(await stored(trace, trace)).toMatchObject({
      name: "my trace",
      taskId: "s",
      phase: "ended",
      durationMs: 1500,
    });
    expect(await stored(trace, `${trace}-g`)).toMatchObject({
      parentId: trace,
      type: "COMPLETION",
      status: "ERROR",
      error: { message: "429" },
      durationMs: 1000,
    });
    expect(readSpan(await stored(trace, `${trace}-g`))).toMatchObject({
      kind: "model",
      call: { responseModel: "gpt-4o" },
      usage: { inputTokens: 28, outputTokens: 5, cacheReadTokens: 8 },
      input: { kind: "read" },
      output: { kind: "read" },
    });
  });

  test("an event that has no place is told apart from those that have", async () => {
    const bad = event("score-create", "2026-01-31T12:00:00.000Z", { id: "x" });
    const response = await post("/api/public/ingestion", { batch: [bad, batch("e")[0]] });
    expect(await response.json()).toMatchObject({
      errors: [{ id: bad.id, status: 400 }],
      successes: [{ status: 201 }],
    });
  });
});

test("OpenAI: a trace lasts as long as its spans, which come in any order", async () => {
  const span = (id: string, fields: Record<string, unknown>) => ({
    object: "trace.span",
    id,
    trace_id: "trace_1",
    parent_id: null,
    started_at: "2026-01-31T12:00:00.000Z",
    ended_at: "2026-01-31T12:00:01.000Z",
    error: null,
    ...fields,
  });
  const generation = {
    type: "generation",
    model: "gpt-4o",
    input: [{ role: "user", content: "hi" }],
    output: [{ role: "assistant", content: "hello" }],
    usage: { input_tokens: 7, output_tokens: 2 },
  };
  const tool = span("span_t", {
    parent_id: "span_a",
    ended_at: "2026-01-31T12:00:03.000Z",
    span_data: { type: "function", name: "search", input: "{}", output: "none" },
    error: { message: "tool broke", data: {} },
  });
  expect((await post("/v1/traces/ingest", { data: [tool] })).status).toBe(204);
  const trace = { object: "trace", id: "trace_1", workflow_name: "Support", group_id: "thread" };
  const agent = span("span_a", { span_data: { type: "agent", name: "Triage", tools: ["search"] } });
  const call = span("span_g", { parent_id: "span_a", span_data: generation });
  expect((await post("/v1/traces/ingest", { data: [trace, agent, call] })).status).toBe(204);
  expect(await stored("trace_1", "trace_1")).toMatchObject({
    name: "Support",
    taskId: "thread",
    startTime: "2026-01-31T12:00:00.000000Z",
    durationMs: 3000,
  });
  expect(await stored("trace_1", "span_a")).toMatchObject({
    parentId: "trace_1",
    name: "Triage",
    type: "AGENT_WORKFLOW",
  });
  expect(await stored("trace_1", "span_g")).toMatchObject({
    name: "generation gpt-4o",
    model: "gpt-4o",
    inputTokens: 7,
  });
  expect(await stored("trace_1", "span_t")).toMatchObject({ status: "ERROR", error: { message: "tool broke" } });
  expect((await post("/v1/traces/ingest", { data: {} })).status).toBe(400);
});

test("Braintrust: a row and what is merged into it are one span", async () => {
  const ids = { id: "row-1", span_id: "bt-span", root_span_id: "bt-root", span_parents: ["bt-root"] };
  const merge = {
    ...ids,
    _is_merge: true,
    output: "hello",
    metrics: { end: 1769860801.5, prompt_tokens: 7, completion_tokens: 2 },
  };
  const row = {
    ...ids,
    created: "2026-01-31T12:00:00Z",
    span_attributes: { name: "Chat Completion", type: "llm" },
    input: [{ role: "user", content: "hi" }],
    metadata: { model: "gpt-4o", temperature: 1 },
    metrics: { start: 1769860800 },
  };
  const response = await post("/logs3", { rows: [merge], api_version: 2 });
  expect([response.status, await response.json()]).toEqual([200, { ids: ["row-1"] }]);
  await post("/logs3", { rows: [row], api_version: 2 });
  expect(await stored("bt-root", "bt-span")).toMatchObject({
    parentId: "bt-root",
    name: "Chat Completion",
    type: "COMPLETION",
    durationMs: 1500,
    model: "gpt-4o",
    inputTokens: 7,
    output: "hello",
  });
});
