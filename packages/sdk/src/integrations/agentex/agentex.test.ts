import { ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryExporter } from "../../exporters/local/memory-exporter.ts";
import { Tracer } from "../../recording/tracer.ts";
import {
  addTracingProcessorConfig,
  adk,
  clearTracingProcessorConfigs,
  createAdk,
  observeTaskStream,
  SpanDeriver,
  type TaskMessageUpdate,
  tracingActivities,
} from "./index.ts";
import { adkTracer } from "./tracing-processors.ts";

/** What of an item these tests look at. */
interface SgpItem {
  readonly id: string;
  readonly name: string;
  readonly start_timestamp: string;
  readonly end_timestamp?: string;
  readonly output: unknown;
  readonly metadata: Record<string, unknown>;
}

describe("adk.tracing on SGP's wire", () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    addTracingProcessorConfig({ type: "sgp", sgpApiKey: "key", sgpAccountId: "account", sgpBaseUrl: server.url });
  });
  afterEach(async () => {
    await adkTracer().shutdown();
    clearTracingProcessorConfigs();
    await server.close();
  });

  const ended = async () => {
    await adkTracer().flush();
    return server.requests
      .flatMap(({ body }) => JSON.parse(body.toString()).items as SgpItem[])
      .filter(({ end_timestamp }) => end_timestamp);
  };

  test("a turn carries its usage and its cost under the names that are billed", async () => {
    const answer = await adk.tracing.turnSpan("task-1", "turn", { input: { q: 1 }, taskId: "task-1" }, async (turn) => {
      turn.output = { response: "done" };
      turn.recordUsage({ model: "m", inputTokens: 10, outputTokens: 2, cachedInputTokens: 4, costUsd: 0.25 });
      return 42;
    });
    expect(answer).toBe(42);
    const [turn] = await ended();
    expect(turn).toMatchObject({
      trace_id: "task-1",
      name: "turn",
      type: "AGENT_WORKFLOW",
      output: { response: "done" },
    });
    expect(turn!.metadata.usage).toEqual({ model: "m", input_tokens: 10, output_tokens: 2, cached_input_tokens: 4 });
    expect(turn!.metadata.cost_usd).toBe(0.25);
    expect(JSON.stringify(turn!.output)).not.toContain("tokens");
  });

  test("an error is recorded, and thrown on unchanged", async () => {
    const failure = new TypeError("no such tool");
    const run = adk.tracing.span("task-1", "search", {}, async () => {
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    const [span] = await ended();
    expect(span).toMatchObject({
      status: "ERROR",
      metadata: { error_type: "TypeError", error_message: "no such tool" },
    });
  });

  test("spans started by hand end with what was assigned, under the parent that was named", async () => {
    const parent = adk.tracing.startSpan("task-1", "turn");
    const child = adk.tracing.startSpan("task-1", "tool", { parentId: parent.id });
    child.output = { hits: 3 };
    adk.tracing.endSpan(child);
    adk.tracing.endSpan(parent);
    const spans = await ended();
    expect(spans.find(({ name }) => name === "tool")).toMatchObject({ parent_id: parent.id, output: { hits: 3 } });
  });

  test("a back end that is added after the first span is refused with a sentence", () => {
    adk.tracing.startSpan("task-1", "x").end();
    expect(() => addTracingProcessorConfig({ type: "agentex", baseUrl: server.url })).toThrow(/before the first span/);
  });

  test("activities of a workflow make one whole span, whichever process runs them", async () => {
    const activities = tracingActivities();
    const started = await activities["start-span"]({
      trace_id: "task-2",
      name: "step",
      task_id: "task-2",
      input: { a: 1 },
    });
    const carried = JSON.parse(JSON.stringify(started));
    await activities["end-span"]({ trace_id: "task-2", span: { ...carried, output: { b: 2 } } });
    const [span] = await ended();
    expect(span).toMatchObject({
      id: started!.id,
      trace_id: "task-2",
      name: "step",
      input: { a: 1 },
      output: { b: 2 },
    });
    expect(Date.parse(span!.start_timestamp)).toBe(Date.parse(started!.start_time));
  });
});

describe("without a trace id", () => {
  test.each([undefined, null, ""])("%j records nothing, and every call works", async (traceId) => {
    const memory = new MemoryExporter();
    const tracer = new Tracer({ exporters: [memory] });
    const { tracing } = createAdk({ tracer });
    expect(
      tracing.turnSpan(traceId, "turn", {}, (turn) => {
        turn.output = 1;
        turn.recordUsage({ inputTokens: 1 });
        return "result";
      }),
    ).toBe("result");
    tracing.endSpan(tracing.startSpan(traceId, "x"));
    expect(await tracingActivities({ tracer })["start-span"]({ trace_id: traceId as never, name: "x" })).toBeNull();
    await tracer.shutdown();
    expect(memory.spans()).toHaveLength(0);
  });
});

describe("recordUsage", () => {
  test("takes the wire's own names as they are, and says once when none is billed", async () => {
    const memory = new MemoryExporter();
    const tracer = new Tracer({ exporters: [memory] });
    const warnings: string[] = [];
    const { tracing } = createAdk({ tracer, logger: { warn: (line: string) => warnings.push(line) } });
    tracing.turnSpan("t", "billed", {}, (turn) => turn.recordUsage({ prompt_tokens: 3, completion_tokens: 1 }, 0.5));
    tracing.turnSpan("t", "unbilled", {}, (turn) => turn.recordUsage({ tokens: 3 }));
    tracing.turnSpan("t", "unbilled too", {}, (turn) => turn.recordUsage({ tokens: 3 }));
    await tracer.shutdown();
    const data = memory.spans().map((span) => span.data);
    expect(data).toEqual([
      { usage: { prompt_tokens: 3, completion_tokens: 1 }, cost_usd: 0.5 },
      { usage: { tokens: 3 } },
      { usage: { tokens: 3 } },
    ]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("tokens");
  });
});

const request = (id: string, args: unknown = {}) => ({
  type: "tool_request",
  tool_call_id: id,
  name: "search",
  arguments: args,
});
const response = (id: string, content: unknown, is_error?: boolean) => ({
  type: "tool_response",
  tool_call_id: id,
  content,
  is_error,
});

describe("SpanDeriver", () => {
  const derive = (...events: TaskMessageUpdate[]) => {
    const deriver = new SpanDeriver();
    return [...events.flatMap((event) => deriver.observe(event)), ...deriver.flush()];
  };

  test("opens a call when its streamed arguments are complete, and closes it at its response", () => {
    const signals = derive(
      { type: "start", index: 0, content: request("c1") },
      { type: "delta", index: 0, delta: { type: "tool_request", arguments_delta: '{"q":' } },
      { type: "delta", index: 0, delta: { type: "tool_request", arguments_delta: '"x"}' } },
      { type: "done", index: 0 },
      { type: "full", index: 1, content: response("c1", "found", false) },
    );
    expect(signals).toEqual([
      { kind: "open", key: "c1", type: "tool", name: "search", input: { q: "x" } },
      { kind: "close", key: "c1", output: "found", isComplete: true, isError: false },
    ]);
  });

  test("arguments that are no JSON are kept as they came", () => {
    const [open] = derive(
      { type: "start", index: 0, content: request("c1") },
      { type: "delta", index: 0, delta: { arguments_delta: "{broken" } },
      { type: "done", index: 0 },
    );
    expect(open).toMatchObject({ input: { _raw: "{broken" } });
  });

  test("ignores what it cannot pair: no index, a response to an unknown call, a call opened twice", () => {
    expect(
      derive(
        { type: "start", content: request("c1") },
        { type: "done" },
        { type: "full", content: response("c9", "late") },
        { type: "done", index: 7 },
        { type: "unheard-of", index: 1 },
      ),
    ).toEqual([]);
    expect(derive({ type: "full", content: request("c1") }, { type: "full", content: request("c1") })).toHaveLength(2);
  });

  test("collects a reasoning's text, and closes what the end of the stream leaves open as incomplete", () => {
    expect(
      derive(
        { type: "start", index: 2, content: { type: "reasoning", summary: ["I "] } },
        { type: "delta", index: 2, delta: { content_delta: "think" } },
        { type: "done", index: 2 },
        { type: "full", content: request("c1") },
      ),
    ).toEqual([
      { kind: "open", key: "reasoning:2", type: "reasoning", name: "reasoning", input: {} },
      { kind: "close", key: "reasoning:2", output: "I think", isComplete: true },
      { kind: "open", key: "c1", type: "tool", name: "search", input: {} },
      { kind: "close", key: "c1", output: undefined, isComplete: false },
    ]);
  });
});

describe("observeTaskStream", () => {
  async function* stream(events: TaskMessageUpdate[]) {
    yield* events;
  }

  test("passes every event on as it is and records tools, their failures and what was left open", async () => {
    const memory = new MemoryExporter();
    const tracer = new Tracer({ exporters: [memory] });
    const events: TaskMessageUpdate[] = [
      { type: "full", content: request("c1", { q: 1 }) },
      { type: "full", content: request("c2") },
      { type: "full", content: response("c1", "no access", true) },
    ];
    const seen: TaskMessageUpdate[] = [];
    for await (const event of observeTaskStream(stream(events), tracer.trace("t"), { parentId: "p" })) seen.push(event);
    await tracer.shutdown();
    expect(seen).toEqual(events);
    expect(seen[0]).toBe(events[0]);
    expect(memory.spans()).toMatchObject([
      {
        name: "search",
        parentId: "p",
        input: { q: 1 },
        output: { output: "no access" },
        status: "ERROR",
        data: { is_error: true },
      },
      { name: "search", status: "CANCELED", data: { incomplete: true } },
    ]);
  });

  test("a reader that stops early ends the spans", async () => {
    const memory = new MemoryExporter();
    const tracer = new Tracer({ exporters: [memory] });
    const events: TaskMessageUpdate[] = [
      { type: "full", content: request("c1") },
      { type: "full", content: request("c2") },
    ];
    for await (const _ of observeTaskStream(stream(events), tracer.trace("t"))) break;
    await tracer.shutdown();
    expect(memory.spans()).toMatchObject([{ status: "CANCELED" }]);
  });
});
