import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SqliteTraceStore } from "../../store/sqlite/sqlite-trace-store.ts";
import { importFile } from "../import-file.ts";
import { ImportRecord } from "../import-record.ts";

let folder: string;
let store: SqliteTraceStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "everspan-import-"));
  store = new SqliteTraceStore({ path: ":memory:" });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function take(content: unknown) {
  const path = join(folder, "generations.json");
  writeFileSync(path, JSON.stringify(content, null, 2));
  const write = async (...[snapshots, order]: Parameters<Parameters<typeof importFile>[0]["target"]["write"]>) =>
    (await store.write("p", snapshots, { order })).filter((verdict) => verdict === "stored-new").length;
  const record = new ImportRecord(join(folder, `records-${Math.random()}`), path, "memory");
  return importFile({ path, target: { name: "memory", write, close: async () => {} }, record });
}

const run = (id: string, more: object = {}) => ({
  id,
  started_at: "2026-03-01T10:00:00.000Z",
  parent_run_id: null,
  parent_step_id: null,
  function_id: "answer",
  ...more,
});
const step = (id: string, run_id: string, more: object = {}) => ({
  id,
  run_id,
  step_number: 1,
  type: "generate",
  model_id: "gpt-4o-mini",
  provider: "openai.responses",
  started_at: "2026-03-01T10:00:00.100Z",
  duration_ms: 250,
  input: JSON.stringify({ prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }] }),
  output: JSON.stringify({ content: [{ type: "text", text: "hello" }], finishReason: "stop" }),
  usage: JSON.stringify({ inputTokens: 14, inputTokenDetails: { cacheReadTokens: 13 }, outputTokens: 26 }),
  error: null,
  raw_request: null,
  raw_response: null,
  raw_chunks: null,
  provider_options: null,
  ...more,
});

test("a run with its steps: words, tokens, failure, and a run within a step", async () => {
  const report = await take({
    runs: [run("r1"), run("r2", { parent_run_id: "r1", parent_step_id: "s1", function_id: null })],
    steps: [
      step("s1", "r1"),
      step("s2", "r1", { step_number: 2, output: null, usage: null, error: "Rate limit reached" }),
      step("s3", "r2", { step_number: 7 }),
    ],
  });
  expect(report).toMatchObject({ format: "AI SDK DevTools file", refused: 0, spans: 5 });
  const [trace, ...others] = (await store.listTraces("p", { limit: 10 })).traces;
  expect(others).toEqual([]);
  expect(trace).toMatchObject({ name: "answer", asked: "hi", status: "ERROR", inputTokens: 28, outputTokens: 52 });
  const spans = await store.listSpans("p", {
    traceId: trace!.traceId,
    limit: 10,
    offset: 0,
    orderBy: "start_time",
    descending: false,
  });
  const [call] = spans.filter(({ name }) => name === "step 1");
  expect(call).toMatchObject({ type: "COMPLETION", model: "gpt-4o-mini", durationMs: 250 });
  expect(call?.usage).toMatchObject({ cacheReadTokens: 13 });
  expect(spans.find(({ name }) => name === "step 2")).toMatchObject({
    status: "ERROR",
    error: { message: "Rate limit reached" },
  });
  expect(spans.find(({ name }) => name === "run")?.parentId).toBe(call?.id);
});

test("a file that grew is imported again: what was running has ended, nothing is there twice", async () => {
  await take({ runs: [run("r1")], steps: [step("s1", "r1", { duration_ms: null, output: null, usage: null })] });
  expect((await store.listTraces("p", { limit: 10 })).traces[0]).toMatchObject({ running: true, spanCount: 2 });
  await take({ runs: [run("r1")], steps: [step("s1", "r1")] });
  expect((await store.listTraces("p", { limit: 10 })).traces).toMatchObject([
    { running: false, spanCount: 2, answered: "hello", durationMs: 350 },
  ]);
});

test("runs whose parents go round in a circle each stand in a trace of their own", async () => {
  await take({ runs: [run("r1", { parent_run_id: "r2" }), run("r2", { parent_run_id: "r1" })], steps: [] });
  const { traces } = await store.listTraces("p", { limit: 10 });
  expect(traces.map(({ spanCount }) => spanCount)).toEqual([1, 1]);
});

test("what is wrong is named, the rest is taken", async () => {
  const report = await take({
    runs: [run("r1"), { id: 7 }],
    steps: [step("s1", "r1"), step("s2", "gone"), { ...step("s3", "r1"), started_at: null }],
  });
  expect(report).toMatchObject({ spans: 2, refused: 3 });
});
