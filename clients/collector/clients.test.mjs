/** Each client arrives by its environment alone: names, parents, message texts, model and tokens right in the API. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { afterEach, beforeEach, test } from "node:test";
import { named, run, startCollector } from "../harness/collector.mjs";

const program = (name) => new URL(`programs/${name}`, import.meta.url);

let collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.stop());

function assertCall(spans, parentName, name, tokens) {
  const call = named(spans, name);
  assert.equal(call.parentId, named(spans, parentName).id);
  assert.equal(call.phase, "ended");
  assert.match(JSON.stringify(call.input), /hi ☃/);
  assert.match(JSON.stringify(call.output), /hello/);
  assert.deepEqual([call.model, call.inputTokens, call.outputTokens], [tokens.model, tokens.input, tokens.output]);
  return call;
}

const GPT = { model: "gpt-4o", input: 20, output: 5 };

for (const form of ["json", "protobuf"]) {
  test(`OpenTelemetry JS, ${form}: OTEL_EXPORTER_OTLP_ENDPOINT`, async () => {
    await run(program("opentelemetry.mjs"), { EXPORTER: form, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const spans = await collector.spans();
    const chat = assertCall(spans, "agent", "chat gpt-5", { model: "gpt-5", input: 40, output: 12 });
    assert.equal(chat.type, "COMPLETION");
    assert.equal(chat.error.message, "second");
    const { events, kind, scope } = chat.data.__otel__;
    assert.deepEqual(
      events.map(({ attributes }) => attributes["exception.message"]),
      ["first", "second"],
    );
    assert.deepEqual([kind, scope.name], ["CLIENT", "program"]);
  });
}

test("OpenTelemetry JS without any configuration reaches port 4318", async (t) => {
  if (!(await isFree(4318))) return t.skip("port 4318 is in use");
  const standing = await startCollector(4318);
  try {
    await run(program("opentelemetry.mjs"), { EXPORTER: "json" });
    assertCall(await standing.spans(), "agent", "chat gpt-5", { model: "gpt-5", input: 40, output: 12 });
  } finally {
    await standing.stop();
  }
});

test("LangSmith: LANGSMITH_ENDPOINT", async () => {
  await run(program("langsmith.mjs"), {
    LANGSMITH_TRACING: "true",
    LANGSMITH_ENDPOINT: collector.url,
    LANGSMITH_API_KEY: "key",
  });
  const spans = await collector.spans();
  const llm = named(spans, "llm");
  assert.equal(llm.parentId, named(spans, "agent").id);
  assert.match(JSON.stringify(llm.input), /hi ☃/);
  assert.match(JSON.stringify(llm.output), /answer to hi/);
  assert.deepEqual([llm.type, llm.model, llm.taskId], ["COMPLETION", "gpt-4o", "thread-1"]);
  assert.equal(named(spans, "failing").status, "ERROR");
  assert.ok(spans.every((span) => span.phase === "ended"));
});

const LANGFUSE = { LANGFUSE_PUBLIC_KEY: "pk-lf-1", LANGFUSE_SECRET_KEY: "sk-lf-1" };

test("Langfuse over OTLP: LANGFUSE_BASE_URL", async () => {
  await run(program("langfuse.mjs"), { ...LANGFUSE, LANGFUSE_BASE_URL: collector.url });
  assertCall(await collector.spans(), "agent-run", "llm-call", GPT);
});

test("Langfuse 3: LANGFUSE_BASEURL", async () => {
  await run(program("langfuse-3.mjs"), { ...LANGFUSE, LANGFUSE_BASEURL: collector.url });
  const spans = await collector.spans();
  assertCall(spans, "agent-run", "llm-call", GPT);
  assert.equal(named(spans, "agent-run").taskId, "session-1");
});

test("OpenAI Agents: the exporter's endpoint", async () => {
  await run(program("openai-agents.mjs"), { TRACES_ENDPOINT: `${collector.url}/v1/traces/ingest` });
  const spans = await collector.spans();
  assertCall(spans, "work", "generation gpt-4o", GPT);
  assert.equal(named(spans, "work").parentId, named(spans, "Support").id);
});

test("Braintrust: BRAINTRUST_APP_URL and BRAINTRUST_API_URL", async () => {
  const environment = {
    BRAINTRUST_API_KEY: "key",
    BRAINTRUST_APP_URL: collector.url,
    BRAINTRUST_API_URL: collector.url,
  };
  await run(program("braintrust.mjs"), environment);
  assertCall(await collector.spans(), "agent-run", "llm-call", GPT);
});

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
