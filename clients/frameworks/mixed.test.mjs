/** Many tracers and two processes, one trace: what a collector makes of a program in which everything meets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { register } from "tsx/esm/api";
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

/** The rows of the viewer's timeline: how deep, and what each is called. */
const ROWS = [
  [1, "GET"],
  [2, "generateText"],
  [3, "gpt-large"],
  [3, "weather"],
  [4, "forecast"],
  [5, "measure"],
  [6, "measure"],
  [7, "read the thermometer"],
  [5, "chat.completions.create"],
  [3, "gpt-large"],
];

/** In a real browser. */
async function readViewer(url, traceId) {
  register();
  const { launchBrowser } = await import("../../packages/testkit/src/browser.ts");
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(`${url}/traces/${traceId}?view=timeline`);
    const rows = page.getByTestId("span-row");
    await rows.nth(ROWS.length - 1).waitFor();
    const levels = await rows.evaluateAll((all) => all.map((row) => Number(row.getAttribute("aria-level"))));
    const texts = await rows.allInnerTexts();
    const names = texts.map((text, at) => [levels[at], text.split("\n")[0]]);
    return { rows: names, page: await page.locator("main").textContent() };
  } finally {
    await browser.close();
  }
}

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
    const seen = await readViewer(collector.url, trace.traceId);
    assert.deepEqual(seen.rows, ROWS);
    assert.match(seen.page, /3 steps/);
    assert.match(seen.page, /60 → 21 tok/);
  } finally {
    provider.close();
    await collector.stop();
  }
});
