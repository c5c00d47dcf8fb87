/** The same program bare and observed, each in a process of its own: nothing differs, and what the spans say. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readSpan } from "../../packages/reading/src/index.ts";

const program = fileURLToPath(new URL("programs/scenes.mjs", import.meta.url));
const play = (environment) =>
  JSON.parse(
    execFileSync(process.execPath, [program], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, ...environment },
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
const bare = play({});
const observed = play({ OBSERVED: "1" });
const { spans } = observed;

/** The spans as a tree, indented: type, name, status. */
function treeOf(parentId, indent = "") {
  const beneath = spans.filter((span) => span.parentId === parentId);
  return beneath.flatMap(({ id, type, name, status }) => [
    `${indent}${type} ${name}${status === "OK" ? "" : ` ${status}`}`,
    ...treeOf(id, `${indent}  `),
  ]);
}
const sceneOf = (name) => spans.find((span) => span.parentId === undefined && span.name === name);
const within = (scene) => {
  const beneath = (id) =>
    spans.filter(({ parentId }) => parentId === id).flatMap((span) => [span, ...beneath(span.id)]);
  return beneath(sceneOf(scene).id);
};

const CHAT = "COMPLETION chat";
const AGENT = ["AGENT_WORKFLOW Agent", `  ${CHAT}`, "  CODE_EXECUTION weather", "    STANDALONE own work", `  ${CHAT}`];
const ENGINE = ["AGENT_WORKFLOW RetrieverQueryEngine.query", "  KB_RETRIEVAL retrieve", `  ${CHAT}`];
const TREES = {
  whole: AGENT,
  streamed: AGENT,
  "two together": ["a", "b"].flatMap((name) => [`STANDALONE ${name}`, ...AGENT.map((line) => `  ${line}`)]),
  "failing tool": ["AGENT_WORKFLOW Agent", `  ${CHAT}`, "  CODE_EXECUTION weather ERROR", `  ${CHAT}`],
  "handed on": [
    "AGENT_WORKFLOW first",
    "  AGENT_WORKFLOW first",
    `    ${CHAT}`,
    "  CODE_EXECUTION handOff",
    "  AGENT_WORKFLOW second",
    `    ${CHAT}`,
  ],
  refused: [`${CHAT} ERROR`],
  "at the second try": [CHAT],
  "model alone": [CHAT, CHAT, "CODE_EXECUTION weather", "  STANDALONE own work", CHAT],
  "model, streamed": [CHAT],
  "stream, left early": [CHAT],
  "stream, torn": [`${CHAT} ERROR`],
  "client observed too": [CHAT],
  "own workflow": [
    "AGENT_WORKFLOW workflow",
    "  STANDALONE branches",
    ...["  STANDALONE look", `    ${CHAT}`, "  STANDALONE look", `    ${CHAT}`],
  ],
  "waits for a person": [
    ...["AGENT_WORKFLOW workflow", "  STANDALONE who"],
    ...["AGENT_WORKFLOW workflow", "  STANDALONE answered"],
  ],
  "a step that throws": ["AGENT_WORKFLOW workflow ERROR", "  STANDALONE throws ERROR"],
  "query engine": ENGINE,
  "query engine, streamed": ENGINE,
  embedding: ["STANDALONE getTextEmbeddings", "STANDALONE getQueryEmbedding"],
  "100 in parallel": Array.from({ length: 100 }, () => CHAT),
  unhandled: ["AGENT_WORKFLOW failing ERROR", `  ${CHAT} ERROR`],
};

test("nothing differs: results, errors, requests", () => {
  assert.deepEqual(observed.results, bare.results);
  assert.deepEqual(observed.requests, bare.requests);
  assert.deepEqual(Object.keys(bare.results), Object.keys(TREES));
});

test("a tracer whose parts all fail changes nothing", () => {
  const { results, requests } = play({ OBSERVED: "broken" });
  assert.deepEqual(results, bare.results);
  assert.deepEqual(requests, bare.requests);
});

for (const [scene, tree] of Object.entries(TREES)) {
  test(`${scene}: each in its place`, () => {
    assert.deepEqual(treeOf(sceneOf(scene).id), tree);
  });
}

test("nothing is left open", () => {
  assert.equal(observed.open, 0);
  assert.ok(spans.every(({ isEnded }) => isEnded));
});

test("every message is there, and each call's usage once", () => {
  const [first, second] = within("whole").filter(({ type }) => type === "COMPLETION");
  assert.deepEqual(
    readSpan(second).input.value.messages.map(({ role }) => role),
    ["system", "user", "assistant", "tool"],
  );
  assert.match(JSON.stringify(second.input), /Bern: 12 degrees/);
  assert.equal(first.output.tool_calls[0].function.arguments, '{"city":"Bern"}');
  assert.equal(second.output.content, "It is 12 degrees.");
  assert.deepEqual(
    within("whole").map(({ data }) => data?.usage?.prompt_tokens),
    [undefined, 20, undefined, undefined, 20],
  );
  assert.equal(readSpan(second).usage.inputTokens, 20);
  const [alone] = within("model alone");
  assert.deepEqual([alone.data.model, alone.data.usage.completion_tokens], ["gpt-scripted-1", 7]);
  assert.match(alone.data.responseId, /^chatcmpl-/);
  assert.equal(within("client observed too")[0].data.requestId.slice(0, 4), "req_");
});

test("what a run was asked and said; what an engine retrieved; no vectors", () => {
  const [run] = within("whole");
  assert.deepEqual([run.input.userInput, run.output.content], ["weather in Bern?", "It is 12 degrees."]);
  assert.deepEqual(
    within("waits for a person").map(({ input, output }) => [input ?? null, output?.data ?? output]),
    [
      [null, { question: "who?" }],
      [null, { question: "who?" }],
      ["Anna", { answer: "Anna" }],
      ["Anna", { answer: "Anna" }],
    ],
  );
  const [asked, retrieved] = within("query engine, streamed");
  assert.deepEqual([asked.input, asked.output.content], ["weather in Bern?", "It is 12 degrees."]);
  const document = { id: "n1", content: "Bern has 12 degrees.", score: 0.5, metadata: { page: 1 } };
  assert.deepEqual(retrieved.output, { documents: [document] });
  assert.deepEqual(within("embedding")[0].output, { count: 2, dimensions: 2 });
  assert.equal(within("stream, left early")[0].output.content, "It is ");
  assert.match(within("a step that throws")[0].error.message, /no step today/);
});
