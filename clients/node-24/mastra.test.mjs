/** Mastra's agent with its own exporter: what was asked stands on the spans around a call, the counts on the call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readSpan } from "../../packages/reading/src/index.ts";
import { named, run, startCollector } from "../harness/collector.mjs";
import { startProvider } from "../harness/provider.mjs";

const NODE = fileURLToPath(new URL("node_modules/node-24/bin/node", import.meta.url));
const PROGRAM = new URL("programs/mastra.mjs", import.meta.url);
const ANSWER = 'The Aare flows through Bern,\n\nand it carries "cold" water all year.';
const SUM = { operation: "add", a: 5, b: 3 };

const said = ({ value }) =>
  value.messages.flatMap(({ role, parts }) => parts.map((part) => [role, part.text ?? part.name]));

test("Mastra: OTEL_EXPORTER_OTLP_ENDPOINT", async () => {
  const collector = await startCollector();
  const provider = await startProvider();
  try {
    await run(PROGRAM, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, PROVIDER_URL: provider.url }, NODE);
    const [{ trace, spans }, ...others] = await collector.runs();
    assert.equal(others.length, 0);
    assert.deepEqual([trace.inputTokens, trace.outputTokens, trace.repeatedReports], [93, 48, undefined]);
    assert.deepEqual([trace.session, trace.user], ["sess-m", "user-m"]);
    assert.equal(trace.asked, "Calculate 5 + 3 using the calculator tool");
    const asked = [
      ["system", "You are a calculator"],
      ["user", "Calculate 5 + 3 using the calculator tool"],
    ];
    const agent = named(spans, "invoke_agent calc-agent");
    const generation = named(spans, "model_generation gpt-4o-mini");
    const tool = named(spans, "execute_tool calculate");
    const calls = spans.filter(({ name }) => name === "chat gpt-4o-mini");
    const steps = spans.filter(({ name }) => name === "agent_step calc-agent");
    assert.deepEqual(said(readSpan(agent).input), asked);
    assert.deepEqual(said(readSpan(agent).output), [["assistant", ANSWER]]);
    assert.deepEqual(said(readSpan(generation).input), asked);
    assert.deepEqual(said(readSpan(steps[0]).output), [["assistant", "calculate"]]);
    assert.deepEqual(
      calls.map(({ model, inputTokens, outputTokens, usage }) => [
        model,
        inputTokens,
        outputTokens,
        usage.cacheReadTokens,
      ]),
      [
        ["gpt-4o-mini-2024-07-18", 79, 22, undefined],
        ["gpt-4o-mini-2024-07-18", 14, 26, 13],
      ],
    );
    const { name, arguments: given, result, callId } = readSpan(tool).tool;
    assert.deepEqual([name, given, result, callId], ["calculate", SUM, { result: 8 }, "call_everspan0007"]);
    const parents = [generation, ...steps, ...calls, tool].map(({ parentId }) => parentId);
    const [one, two] = steps.map(({ id }) => id);
    assert.deepEqual(parents, [agent.id, generation.id, generation.id, one, two, one]);
  } finally {
    await provider.close();
    await collector.stop();
  }
});
