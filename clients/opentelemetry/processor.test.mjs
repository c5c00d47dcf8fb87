/** Programs with an SDK of OpenTelemetry, of two majors: what Everspan records beside it, and that it changes nothing. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { OpenAIInstrumentation } from "@arizeai/openinference-instrumentation-openai";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import * as base2 from "@opentelemetry/sdk-trace-base";
import * as base1 from "@opentelemetry/sdk-trace-base-1";
import { NodeTracerProvider as Provider2 } from "@opentelemetry/sdk-trace-node";
import { NodeTracerProvider as Provider1 } from "@opentelemetry/sdk-trace-node-1";
import { MemoryExporter, Tracer } from "everspan";
import { observe } from "everspan/openai";
import { everspanSpanProcessor } from "everspan/otel";
import OpenAI from "openai";
import { startProvider } from "../frameworks/scripted-provider.mjs";

let memory;
let tracer;
let sdk;
let model;
before(async () => {
  model = await startProvider();
});
after(() => model.close());
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
});
afterEach(async () => {
  await sdk.shutdown();
  trace.disable();
  context.disable();
  propagation.disable();
});
const recorded = async () => {
  await tracer.flush();
  assert.equal(tracer.stats().queue.openSpans, 0, "no span is left open");
  return memory.spans();
};
const CHAT = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5" };

const MAJORS = {
  "1.x": { Provider: Provider1, base: base1 },
  "2.x": { Provider: Provider2, base: base2 },
};
function start({ Provider, base }, options = {}) {
  const exporter = new base.InMemorySpanExporter();
  sdk = new Provider({
    spanProcessors: [new base.SimpleSpanProcessor(exporter), everspanSpanProcessor({ tracer, ...options })],
  });
  sdk.register();
  return exporter;
}

for (const [major, packages] of Object.entries(MAJORS)) {
  describe(`SDK ${major}`, () => {
    test("spans of models and their ancestors, with the same ids, parents, times, attributes, events and links", async () => {
      const exporter = start(packages);
      const otel = trace.getTracer("http", "1.0.0");
      otel.startActiveSpan("POST /ask", { kind: SpanKind.SERVER }, (server) => {
        otel.startSpan("SELECT 1").end();
        otel.startActiveSpan("chat gpt-5", { kind: SpanKind.CLIENT, attributes: CHAT }, (chat) => {
          chat.addEvent("first token", { n: 1 });
          chat.addLink?.({ context: server.spanContext() });
          chat.recordException(new RangeError("too far"));
          chat.setStatus({ code: SpanStatusCode.ERROR, message: "failed" });
          chat.end();
        });
        server.end();
      });
      const all = await recorded();
      assert.deepEqual(all.map(({ name }) => name).sort(), ["POST /ask", "chat gpt-5"]);
      for (const span of exporter.getFinishedSpans()) {
        const ours = all.find(({ id }) => id === span.spanContext().spanId);
        if (span.name === "SELECT 1") {
          assert.equal(ours, undefined);
          continue;
        }
        assert.equal(ours.traceId, span.spanContext().traceId);
        assert.equal(ours.parentId, span.parentSpanContext?.spanId ?? span.parentSpanId);
        const micros = ([seconds, nanos]) => seconds * 1e6 + Math.floor(nanos / 1e3);
        const isoMicros = (text) => Date.parse(`${text.slice(0, 19)}Z`) * 1e3 + Number(text.slice(20, 26));
        assert.ok(Math.abs(isoMicros(ours.startTime) - micros(span.startTime)) <= 1);
        assert.ok(Math.abs(isoMicros(ours.endTime) - micros(span.endTime)) <= 1);
      }
      const chat = all.find(({ name }) => name === "chat gpt-5");
      assert.equal(chat.type, "COMPLETION");
      assert.deepEqual([chat.status, chat.error.type, chat.error.message], ["ERROR", "RangeError", "too far"]);
      const { __otel__: fields, ...attributes } = chat.data;
      assert.deepEqual(attributes, CHAT);
      assert.deepEqual([fields.kind, fields.scope.name, fields.scope.version], ["CLIENT", "http", "1.0.0"]);
      assert.deepEqual(
        fields.events.map(({ name }) => name),
        ["first token", "exception"],
      );
      assert.ok(fields.resource["telemetry.sdk.name"]);
    });

    test("spans of both kinds nest, and what OpenTelemetry exports is what it exports without us", async () => {
      const exporter = start(packages);
      const otel = trace.getTracer("openai-agent");
      await tracer.trace("task-1").span("turn", async () => {
        await otel.startActiveSpan("agent", async (agent) => {
          await tracer.span("tool", async () => {
            await null;
            otel.startActiveSpan("chat", (chat) => {
              context.with(context.active().setValue(Symbol("baggage"), 1), () => tracer.startSpan("inner").end());
              chat.end();
            });
          });
          agent.end();
        });
      });
      const all = await recorded();
      const parents = Object.fromEntries(
        all.map(({ name, parentId }) => [name, all.find(({ id }) => id === parentId)?.name]),
      );
      assert.deepEqual(parents, { turn: undefined, agent: "turn", tool: "agent", chat: "tool", inner: "chat" });
      assert.deepEqual([...new Set(all.map(({ traceId }) => traceId))], ["task-1"]);
      const [chat, agent] = exporter.getFinishedSpans();
      assert.equal(chat.parentSpanContext?.spanId ?? chat.parentSpanId, agent.spanContext().spanId);
      assert.equal(agent.parentSpanContext?.spanId ?? agent.parentSpanId, undefined);
      assert.equal(chat.spanContext().traceId, agent.spanContext().traceId);
    });

    test("a remote parent is the parent, a root is one, and what is not sampled is not recorded", async () => {
      start(packages);
      const otel = trace.getTracer("ai");
      const headers = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` };
      context.with(propagation.extract(context.active(), headers), () => {
        otel.startActiveSpan("served", (served) => {
          otel.startSpan("root", { root: true }).end();
          served.end();
        });
      });
      const unsampled = { traceparent: `00-${"c".repeat(32)}-${"d".repeat(16)}-00` };
      context.with(propagation.extract(context.active(), unsampled), () => otel.startSpan("quiet").end());
      const all = await recorded();
      const named = Object.fromEntries(all.map((span) => [span.name, span]));
      assert.deepEqual(Object.keys(named).sort(), ["root", "served"]);
      assert.deepEqual([named.served.traceId, named.served.parentId], ["a".repeat(32), "b".repeat(16)]);
      assert.equal(named.root.parentId, undefined);
    });

    test("a hundred at the same time keep their own trees", async () => {
      start(packages);
      const otel = trace.getTracer("http");
      await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          otel.startActiveSpan(`request ${n}`, async (request) => {
            await new Promise((resolve) => setImmediate(resolve));
            await tracer.span(`turn ${n}`, async () => {
              await null;
              otel.startSpan(`chat ${n}`, { attributes: CHAT }).end();
            });
            request.end();
          }),
        ),
      );
      const all = await recorded();
      assert.equal(all.length, 300);
      for (let n = 0; n < 100; n += 1) {
        const [request, turn, chat] = ["request", "turn", "chat"].map((name) =>
          all.find((span) => span.name === `${name} ${n}`),
        );
        assert.deepEqual([turn.parentId, chat.parentId], [request.id, turn.id]);
      }
    });
  });
}

test("an HTTP server, an OpenInference model call and ours are one tree, and each request to a model is one model call", async () => {
  start(MAJORS["2.x"]);
  const http = new HttpInstrumentation({ ignoreOutgoingRequestHook: () => false });
  http.setTracerProvider(sdk);
  const instrumentation = new OpenAIInstrumentation();
  instrumentation.setTracerProvider(sdk);
  instrumentation.manuallyInstrument(OpenAI);
  const openai = observe(new OpenAI({ apiKey: "key", baseURL: model.url, maxRetries: 0 }), { tracer });
  const otel = trace.getTracer("http-server");
  const messages = [{ role: "user", content: "hi" }];
  const server = createServer((request, response) =>
    otel.startActiveSpan(`${request.method} ${request.url}`, { kind: SpanKind.SERVER }, async (span) => {
      await tracer.span("turn", () => openai.chat.completions.create({ model: "gpt-4", messages }));
      span.end();
      response.end("done");
    }),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  await (await fetch(`http://127.0.0.1:${server.address().port}/ask`)).text();
  server.close();
  const all = await recorded();
  const models = all.filter(({ type }) => type === "COMPLETION");
  assert.equal(models.length, 1, JSON.stringify(all.map(({ name, type }) => [name, type])));
  const turn = all.find(({ name }) => name === "turn");
  const get = all.find(({ name }) => name === "GET /ask");
  assert.equal(turn.parentId, get.id);
  assert.equal(models[0].parentId, turn.id);
  assert.deepEqual([...new Set(all.map(({ traceId }) => traceId))], [get.traceId]);
  instrumentation.disable();
});
