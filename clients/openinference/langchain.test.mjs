/** A LangGraph agent through OpenInference: its two model calls are the provider's own exchanges, in their places. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { normalCall, providerCall } from "../../packages/collector/src/dialects/golden/normal-form.ts";
import { readSpan } from "../../packages/reading/src/index.ts";
import { named, run, startCollector } from "../harness/collector.mjs";
import { recording, startProvider } from "../harness/provider.mjs";

const PROGRAM = new URL("programs/langchain.mjs", import.meta.url);

async function ran(environment) {
  const collector = await startCollector();
  const provider = await startProvider();
  try {
    await run(PROGRAM, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, PROVIDER_URL: provider.url, ...environment });
    return await collector.runs();
  } finally {
    await provider.close();
    await collector.stop();
  }
}

test("LangChain through OpenInference: OTEL_EXPORTER_OTLP_ENDPOINT", async () => {
  const [{ trace, spans }, ...others] = await ran({});
  assert.deepEqual([others.length, trace.name, trace.session], [0, "LangGraph", "thread-1"]);
  assert.deepEqual([trace.asked, trace.answered], ["What is 5 + 3?", "5 + 3 is 8."]);
  assert.deepEqual([trace.inputTokens, trace.outputTokens], [211, 40]);
  const calls = spans.filter(({ name }) => name === "ChatOpenAI");
  assert.equal(calls.length, 2);
  for (const [i, exchange] of recording("langchain-whole").entries()) {
    const { tools, ...form } = normalCall(readSpan(calls[i]));
    const { tools: offered, ...own } = providerCall(exchange);
    assert.deepEqual(JSON.parse(JSON.stringify(form)), JSON.parse(JSON.stringify(own)));
    // LangChain adds fields of JSON Schema to what the program wrote.
    assert.deepEqual(tools.map(withoutSchema), offered.map(withoutSchema));
  }
  const byId = new Map(spans.map((span) => [span.id, span]));
  const pathOf = ({ name, parentId }) => (parentId === undefined ? [name] : [...pathOf(byId.get(parentId)), name]);
  for (const call of calls) assert.deepEqual(pathOf(call), ["LangGraph", "agent", "RunnableSequence", "ChatOpenAI"]);
  const tool = named(spans, "calculator");
  assert.deepEqual(pathOf(tool), ["LangGraph", "tools", "calculator"]);
  const { name, callId, arguments: given, result } = readSpan(tool).tool;
  assert.deepEqual([name, callId, given, result], ["calculator", "call_everspan0014", "5 + 3", "8"]);
});

test("two layers of instrumentation over the same calls count once", async () => {
  const [{ trace, spans }, ...others] = await ran({ LAYERS: "2" });
  const outer = spans.filter(({ name }) => name === "ChatOpenAI");
  const inner = spans.filter(({ name }) => name === "OpenAI Chat Completions");
  const tokens = (calls) => calls.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens]);
  const own = recording("langchain-whole").map((exchange) => providerCall(exchange).usage);
  const expected = own.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens]);
  assert.deepEqual([tokens(outer), tokens(inner)], [expected, expected]);
  // LangChain's callbacks make no span current: both layers hang in the turn, and only the response's id joins them.
  const turn = named(spans, "turn");
  assert.deepEqual(
    [...inner, named(spans, "LangGraph")].map(({ parentId }) => parentId),
    [turn.id, turn.id, turn.id],
  );
  assert.deepEqual([others.length, trace.inputTokens, trace.outputTokens, trace.repeatedReports], [0, 211, 40, 2]);
  const cost = outer.reduce((sum, { costUsd }) => sum + costUsd, 0);
  assert.ok(Math.abs(trace.costUsd - cost) < 1e-9);
});

function withoutSchema({ parameters, ...tool }) {
  const { $schema: _version, additionalProperties: _more, ...schema } = parameters;
  return { ...tool, schema };
}
