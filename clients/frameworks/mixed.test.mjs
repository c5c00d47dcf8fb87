/** Many tracers and two processes, one trace: what a collector makes of a program in which everything meets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run, startCollector } from "../harness/collector.mjs";
import { startProvider } from "./scripted-provider.mjs";

const PROGRAM = new URL("programs/mixed.mjs", import.meta.url);
const TREE = [
  "assistant: STANDALONE GET",
  "assistant:   AGENT_WORKFLOW generateText",
  "assistant:     COMPLETION gpt-large",
  "assistant:     CODE_EXECUTION weather",
  "assistant:       CODE_EXECUTION forecast",
  "assistant:         CODE_EXECUTION measure",
  "measurements:           CODE_EXECUTION measure",
  "measurements:             STANDALONE read the thermometer",
  "assistant:         COMPLETION chat.completions.create",
  "assistant:     COMPLETION gpt-large",
];

function treeOf(spans, parentId, indent = "") {
  const beneath = spans
    .filter((span) => (span.parentId ?? undefined) === parentId)
    .sort((one, other) => (one.startTime < other.startTime ? -1 : 1));
  return beneath.flatMap(({ id, type, name, service }) => [
    `${service?.name ?? service}: ${indent}${type} ${name}`,
    ...treeOf(spans, id, `${indent}  `),
  ]);
}

test("HTTP by OpenTelemetry, AI SDK, LangChain, MCP in another process, OpenAI: one trace, each model call once", async () => {
  const [collector, provider] = await Promise.all([startCollector(), startProvider()]);
  try {
    const printed = await run(PROGRAM, { COLLECTOR_URL: collector.url, PROVIDER_URL: provider.url });
    assert.match(printed, /It is 12 degrees\./);
    const [{ trace, spans }, ...others] = await collector.runs();
    assert.deepEqual(others, []);
    assert.deepEqual(treeOf(spans, undefined), TREE);
    assert.equal(provider.requests.length, 3);
    assert.deepEqual([trace.inputTokens, trace.outputTokens, trace.repeatedReports], [60, 21, undefined]);
    assert.ok(spans.every(({ status, endTime }) => status === "OK" && endTime !== undefined));
  } finally {
    provider.close();
    await collector.stop();
  }
});
