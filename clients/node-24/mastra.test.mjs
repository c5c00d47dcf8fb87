/**
 * Mastra's agent with its own exporter, where what was asked stands on the spans around a call, the counts on the call; and
 * with `everspan/mastra` as its bridge, beside the same program without.
 */
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

/** The spans as a tree, indented: type, name, status. */
function treeOf(spans, parentId, indent = "") {
  const beneath = spans.filter((span) => span.parentId === parentId);
  return beneath.flatMap(({ id, type, name, status }) => [
    `${indent}${type} ${name}${status === "OK" ? "" : ` ${status}`}`,
    ...treeOf(spans, id, `${indent}  `),
  ]);
}

async function playBridged(observed) {
  const provider = await startProvider();
  try {
    const printed = await run(
      new URL("programs/mastra-bridge.mjs", import.meta.url),
      { PROVIDER_URL: provider.url, ...(observed && { OBSERVED: "1" }) },
      NODE,
    );
    return { ...JSON.parse(printed), requests: provider.requests };
  } finally {
    await provider.close();
  }
}

const step = (n, ...more) => [`    STANDALONE step: ${n}`, "      COMPLETION gpt-4o-mini", ...more];
const GENERATION = "  STANDALONE llm: 'gpt-4o-mini'";
const TREES = {
  whole: [
    "AGENT_WORKFLOW whole",
    GENERATION,
    ...step(0, "      CODE_EXECUTION calculate", "        STANDALONE own work"),
    ...step(1),
  ],
  streamed: ["AGENT_WORKFLOW streaming", GENERATION, ...step(0)],
  "failing tool": [
    "AGENT_WORKFLOW failing",
    GENERATION,
    ...step(0, "      CODE_EXECUTION calculate ERROR"),
    ...step(1),
  ],
  unreachable: ["AGENT_WORKFLOW unreachable", GENERATION, ...step(0)].map((line) => `${line} ERROR`),
  aborted: ["AGENT_WORKFLOW hanging", GENERATION, ...step(0)].map((line) => `${line} CANCELED`),
  workflow: [
    "AGENT_WORKFLOW workflow run: 'asking'",
    "  STANDALONE workflow step: 'ask'",
    "AGENT_WORKFLOW workflow run: 'asking' (resumed)",
    "  STANDALONE workflow step: 'ask'",
  ],
};

test("Mastra: the bridge changes nothing, and every call is in its place, with its messages, once", async () => {
  const bare = await playBridged(false);
  const { results, requests, spans, open } = await playBridged(true);
  assert.deepEqual(results, bare.results);
  // What differs between two runs of the program are times.
  assert.deepEqual(
    requests.map(({ url }) => url),
    bare.requests.map(({ url }) => url),
  );
  assert.equal(open, 0);
  assert.ok(spans.every(({ isEnded }) => isEnded));
  for (const [scene, tree] of Object.entries(TREES)) {
    const scenes = spans.filter(({ name, parentId }) => parentId === undefined && name === scene);
    assert.equal(scenes.length, 1, scene);
    assert.deepEqual(treeOf(spans, scenes[0].id), tree, scene);
  }
  const calls = spans.filter(({ type }) => type === "COMPLETION");
  assert.deepEqual(
    calls.map(
      ({ data: { usage } }) =>
        usage && [usage.inputTokens, usage.outputTokens, usage.inputTokenDetails.cacheReadTokens],
    ),
    [[79, 22, 0], [14, 26, 13], [13, 104, 0], [79, 22, 0], [14, 26, 13], undefined, undefined],
  );
  assert.ok(spans.every(({ type, data }) => type === "COMPLETION" || data?.usage === undefined));
  const [first, second, , , afterFailure] = calls.map((span) => readSpan(span));
  assert.deepEqual(said(first.input), [
    ["system", "You are a calculator"],
    ["user", "Calculate 5 + 3 using the calculator tool"],
  ]);
  assert.deepEqual(
    second.input.value.messages.map(({ role }) => role),
    ["system", "user", "assistant", "tool"],
  );
  assert.match(JSON.stringify(second.input), /"result":8/);
  assert.match(JSON.stringify(afterFailure.input), /no calculator today/);
  assert.deepEqual([calls[0].data.sessionId, calls[0].data.userId], ["sess-m", "user-m"]);
  const [suspended] = spans.filter(({ data }) => data?.state === "interrupted");
  assert.equal(suspended.name, "workflow run: 'asking'");
});
