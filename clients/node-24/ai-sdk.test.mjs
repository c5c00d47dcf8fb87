/** The AI SDK 7, which needs a newer Node: its binary is a package of this folder. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readSpan } from "../../packages/reading/src/index.ts";
import { importFile, run, startCollector } from "../harness/collector.mjs";
import { testRuns } from "../harness/expected-runs.mjs";
import { startProvider } from "../harness/provider.mjs";

const NODE = fileURLToPath(new URL("node_modules/node-24/bin/node", import.meta.url));
const PROGRAM = new URL("programs/ai-sdk.mjs", import.meta.url);

testRuns("node-24", NODE);

/** A program with its telemetry (or its DevTools) on, and what a collector then has. */
async function ran(environment, afterwards) {
  const collector = await startCollector();
  const provider = await startProvider();
  const directory = mkdtempSync(join(tmpdir(), "everspan-devtools-"));
  try {
    const addresses = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, PROVIDER_URL: provider.url };
    await run(PROGRAM, { ...addresses, ...environment }, NODE, directory);
    await afterwards?.(directory, collector.url);
    return await collector.runs();
  } finally {
    await provider.close();
    await collector.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const words = ({ input, output }) =>
  [input, output].map((read) =>
    read.value.messages.flatMap(({ role, parts }) => parts.map((part) => [role, part.text ?? part.name])),
  );

const ANSWER = 'The Aare flows through Bern,\n\nand it carries "cold" water all year.';
const ASKED = [
  ["system", "You are a calculator"],
  ["user", "Calculate 5 + 3 using the calculator tool"],
];

test("the attributes of earlier majors: the same calls, tool and totals", async () => {
  const [{ trace, spans }, ...others] = await ran({ CALL: "ai-sdk-tools", LEGACY: "1" });
  assert.deepEqual([others.length, trace.inputTokens, trace.outputTokens], [0, 93, 48]);
  const [first, second] = spans.filter(({ type }) => type === "COMPLETION");
  assert.deepEqual(words(readSpan(first)), [ASKED, [["assistant", "calculate"]]]);
  assert.deepEqual(words(readSpan(second))[1], [["assistant", ANSWER]]);
  const root = spans.find(({ parentId }) => parentId === undefined);
  assert.deepEqual([first.parentId, second.parentId], [root.id, root.id]);
  const tool = spans.find(({ name }) => name === "ai.toolCall");
  assert.deepEqual(readSpan(tool).tool.result, { result: 8, big: "done" });
});

test("the file of its DevTools, imported", async () => {
  const [{ trace, spans }, ...others] = await ran({ CALL: "ai-sdk-tools", DEVTOOLS: "1" }, (directory, url) =>
    importFile(join(directory, ".devtools", "generations.json"), url),
  );
  assert.deepEqual([others.length, trace.inputTokens, trace.outputTokens], [0, 93, 48]);
  const [first, second] = spans.filter(({ type }) => type === "COMPLETION");
  // Its file has the tool's result within the step that asked for it.
  const called = ["assistant", "calculate"];
  assert.deepEqual(words(readSpan(first)), [ASKED, [called, called]]);
  assert.deepEqual(words(readSpan(second))[1], [["assistant", ANSWER]]);
  const root = spans.find(({ parentId }) => parentId === undefined);
  assert.deepEqual([first.parentId, second.parentId], [root.id, root.id]);
});
