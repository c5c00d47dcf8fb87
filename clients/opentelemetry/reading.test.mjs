/** The same spans by `everspan/otel` and over OTLP read as the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAI } from "@ai-sdk/openai-5";
import { OpenAIInstrumentation } from "@arizeai/openinference-instrumentation-openai";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { generateText, stepCountIs, tool } from "ai-5";
import { CollectorExporter, Tracer } from "everspan";
import { everspanContextManager, everspanSpanProcessor, everspanTracerProvider } from "everspan/otel";
import OpenAI from "openai";
import { z } from "zod";
import { readSpan } from "../../packages/reading/src/index.ts";
import { startProvider } from "../frameworks/scripted-provider.mjs";
import { startCollector } from "../harness/collector.mjs";

/** What a person sees of a span, without what says how it came. */
const seen = (span) => {
  const { type, name, status, error, input, output, data, parentId, startTime, endTime, taskId } = span;
  const { __otel__: fields, __pieces__: _pieces, ...attributes } = data ?? {};
  const { flags: _flags, ...rest } = fields ?? {};
  rest.links = rest.links?.map(({ flags: _linkFlags, ...link }) => link);
  const { call, usage, kind } = readSpan(span);
  return {
    ...{ type, name, status, error, input, output, parentId, startTime, endTime, taskId },
    ...{ attributes, fields: rest, call, usage, kind },
  };
};

async function bothWays(program) {
  const [ours, otlp, model] = [await startCollector(), await startCollector(), await startProvider()];
  const tracer = new Tracer({ exporters: [new CollectorExporter({ url: ours.url })] });
  const exporter = new OTLPTraceExporter({ url: `${otlp.url}/v1/traces` });
  const sdk = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter), everspanSpanProcessor({ tracer, filter: "all" })],
  });
  sdk.register();
  try {
    await program(sdk, model);
    await sdk.forceFlush();
    await tracer.shutdown();
    const byId = (spans) => Object.fromEntries(spans.map((span) => [span.id, seen(span)]));
    const [left, right] = [byId(await ours.spans()), byId(await otlp.spans())];
    assert.ok(Object.keys(left).length > 1);
    assert.deepEqual(left, right);
    return Object.values(left);
  } finally {
    await sdk.shutdown();
    trace.disable();
    context.disable();
    model.close();
    await Promise.all([ours.stop(), otlp.stop()]);
  }
}

test("OpenInference, the GenAI conventions, events as messages, errors", async () => {
  const spans = await bothWays(async (sdk, model) => {
    const instrumentation = new OpenAIInstrumentation();
    instrumentation.setTracerProvider(sdk);
    instrumentation.manuallyInstrument(OpenAI);
    const openai = new OpenAI({ apiKey: "key", baseURL: model.url, maxRetries: 0 });
    await openai.chat.completions.create({ model: "gpt-4", messages: [{ role: "user", content: "hi" }] });
    instrumentation.disable();
    const tracer = trace.getTracer("program", "1.0.0");
    tracer.startActiveSpan("agent", (agent) => {
      const chat = tracer.startSpan("chat gpt-5", { kind: SpanKind.CLIENT });
      chat.setAttributes({
        "gen_ai.operation.name": "chat",
        "gen_ai.conversation.id": "conversation-1",
        "gen_ai.response.model": "gpt-5",
        "gen_ai.usage.input_tokens": 40,
        "gen_ai.usage.output_tokens": 12,
        "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: "hi ☃" }] }]),
      });
      chat.addEvent("gen_ai.choice", { index: 0, finish_reason: "stop", message: '{"content":"hello"}' });
      chat.addEvent("note", { n: 1, list: ["a"] });
      chat.end();
      const failed = tracer.startSpan("execute_tool", {
        links: [{ context: chat.spanContext(), attributes: { a: 1 } }],
      });
      failed.recordException(new RangeError("no"));
      failed.setStatus({ code: SpanStatusCode.ERROR });
      failed.end();
      agent.setStatus({ code: SpanStatusCode.OK });
      agent.end();
    });
  });
  const chat = spans.find(({ name }) => name === "chat gpt-5");
  assert.deepEqual([chat.usage.inputTokens, chat.taskId, chat.type], [40, "conversation-1", "COMPLETION"]);
  assert.equal(chat.output.messages[0].content, "hello");
});

test("the AI SDK 5 by its own telemetry", async () => {
  const spans = await bothWays(async (sdk, model) => agent(model, sdk.getTracer("ai")));
  assert.equal(spans.filter(({ kind }) => kind === "model").length, 2);
  assert.equal(spans.filter(({ kind }) => kind === "tool").length, 1);
});

function agent(model, tracer) {
  const openai = createOpenAI({ apiKey: "key", baseURL: model.url });
  return generateText({
    model: openai.chat("gpt-4"),
    prompt: "weather in Bern?",
    tools: {
      weather: tool({
        description: "the weather",
        inputSchema: z.object({ city: z.string() }),
        execute: async () => ({ degrees: 12 }),
      }),
    },
    stopWhen: stepCountIs(3),
    experimental_telemetry: { isEnabled: true, tracer },
  });
}

test("without any SDK: the AI SDK 5 and OpenInference with a tracer that is Everspan", async () => {
  const [collector, model] = [await startCollector(), await startProvider()];
  const tracer = new Tracer({ exporters: [new CollectorExporter({ url: collector.url })] });
  const provider = everspanTracerProvider({ tracer });
  context.setGlobalContextManager(everspanContextManager({ tracer }));
  try {
    await tracer.span("turn", () => agent(model, provider.getTracer("ai")));
    const instrumentation = new OpenAIInstrumentation();
    instrumentation.setTracerProvider(provider);
    instrumentation.manuallyInstrument(OpenAI);
    const openai = new OpenAI({ apiKey: "key", baseURL: model.url, maxRetries: 0 });
    const stream = await openai.chat.completions.create({
      model: "gpt-4",
      stream: true,
      messages: [{ role: "user", content: "hi" }],
    });
    for await (const _ of stream);
    instrumentation.disable();
    await tracer.shutdown();
    const spans = await collector.spans();
    const models = spans.filter((span) => readSpan(span).kind === "model");
    assert.equal(models.length, 3);
    for (const span of models) {
      const { usage, call, input, output } = readSpan(span);
      // OpenInference reads no usage from a stream that was not asked for it.
      if (span.name.startsWith("ai.")) assert.deepEqual([usage.inputTokens, usage.outputTokens], [20, 7]);
      assert.match(call.responseId ?? "chatcmpl-", /^chatcmpl-/);
      assert.ok(input.value.messages.length > 0);
      assert.ok(output.value.messages.length > 0);
    }
    const turn = spans.find(({ name }) => name === "turn");
    const root = spans.find(({ parentId }) => parentId === turn.id);
    assert.equal(root.name, "ai.generateText");
    assert.equal(spans.filter(({ traceId }) => traceId === turn.traceId).length, 5);
  } finally {
    context.disable();
    model.close();
    await collector.stop();
  }
});
