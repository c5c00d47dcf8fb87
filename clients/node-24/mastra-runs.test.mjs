/** Runs of Mastra's at the same time, with sub-agents, and what is tried again: each bare and observed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../harness/collector.mjs";
import { treeOf } from "../harness/compared.mjs";

const NODE = fileURLToPath(new URL("node_modules/node-24/bin/node", import.meta.url));
const scenes = JSON.parse(await run(new URL("programs/mastra-runs.mjs", import.meta.url), {}, NODE));

const TREES = {
  "two at the same time": [
    "STANDALONE a",
    "  AGENT_WORKFLOW a",
    "    STANDALONE llm: 'gpt-4'",
    "      STANDALONE step: 0",
    "        COMPLETION gpt-4",
    "        CODE_EXECUTION weather",
    "      STANDALONE step: 1",
    "        COMPLETION gpt-4",
    "STANDALONE b",
    "  AGENT_WORKFLOW b",
    "    STANDALONE llm: 'gpt-4'",
    "      STANDALONE step: 0",
    "        COMPLETION gpt-4",
    "        CODE_EXECUTION weather",
    "      STANDALONE step: 1",
    "        COMPLETION gpt-4",
  ],
  "tools at the same time": [
    "AGENT_WORKFLOW both",
    "  STANDALONE llm: 'gpt-4'",
    "    STANDALONE step: 0",
    "      COMPLETION gpt-4",
    "      CODE_EXECUTION left",
    "        STANDALONE own left",
    "      CODE_EXECUTION right ERROR",
    "    STANDALONE step: 1",
    "      COMPLETION gpt-4",
  ],
  "sub-agents": [
    "AGENT_WORKFLOW chief",
    "  STANDALONE llm: 'gpt-4'",
    "    STANDALONE step: 0",
    "      COMPLETION gpt-4",
    "      CODE_EXECUTION agent-scout",
    "        AGENT_WORKFLOW scout",
    "          STANDALONE llm: 'gpt-4'",
    "            STANDALONE step: 0",
    "              COMPLETION gpt-4",
    "              CODE_EXECUTION weather",
    "            STANDALONE step: 1",
    "              COMPLETION gpt-4",
    "    STANDALONE tool output mapping: 'agent-scout'",
    "    STANDALONE step: 1",
    "      COMPLETION gpt-4",
  ],
  "branches of a workflow": [
    "AGENT_WORKFLOW workflow run: 'look'",
    "  STANDALONE parallel: '2 branches'",
    "    STANDALONE workflow step: 'left'",
    "      AGENT_WORKFLOW a",
    "        STANDALONE llm: 'gpt-4'",
    "          STANDALONE step: 0",
    "            COMPLETION gpt-4",
    "    STANDALONE workflow step: 'right'",
    "      AGENT_WORKFLOW a",
    "        STANDALONE llm: 'gpt-4'",
    "          STANDALONE step: 0",
    "            COMPLETION gpt-4",
  ],
  "a model that is asked again": [
    "AGENT_WORKFLOW a",
    "  STANDALONE llm: 'gpt-4'",
    "    STANDALONE step: 0",
    "      COMPLETION gpt-4",
  ],
  "a model that is asked again, streamed": [
    "AGENT_WORKFLOW a",
    "  STANDALONE llm: 'gpt-4'",
    "    STANDALONE step: 0",
    "      COMPLETION gpt-4",
  ],
  "a step that is tried again": ["AGENT_WORKFLOW workflow run: 'tries'", "  STANDALONE workflow step: 'flaky'"],
  "a stream that is aborted": [
    "AGENT_WORKFLOW a CANCELED",
    "  STANDALONE llm: 'gpt-4' CANCELED",
    "    STANDALONE step: 0 CANCELED",
    "      COMPLETION gpt-4 CANCELED",
  ],
};

for (const [scene, { spans, result }] of Object.entries(scenes)) {
  test(`Mastra, ${scene}: each in its place`, () => {
    assert.deepEqual(treeOf(spans), TREES[scene]);
    assert.doesNotMatch(JSON.stringify(result), /Error/, "the scene itself");
  });
}

test("Mastra: each model call has its usage, once", () => {
  for (const [scene, { spans }] of Object.entries(scenes)) {
    const calls = spans.filter(({ type, status }) => type === "COMPLETION" && status === "OK");
    for (const { data } of calls) assert.deepEqual([data.usage.inputTokens, data.usage.outputTokens], [20, 7], scene);
    assert.ok(
      spans.every(({ type, data }) => type === "COMPLETION" || data?.usage === undefined),
      scene,
    );
  }
});
