import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SpanSnapshot } from "@everspan/protocol";
import { READER_VERSION } from "@everspan/reading";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PriceOverride } from "../../../cost/price-overrides.ts";
import { DatabaseSync } from "../schema/sqlite.ts";
import { SqliteTraceStore } from "../sqlite-trace-store.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "everspan-rederive-"));
  path = join(folder, "everspan.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const call = (trace: string, index: number): SpanSnapshot => ({
  phase: "ended",
  revision: 2,
  traceId: trace,
  id: `span-${index}`,
  ...(index > 0 && { parentId: "span-0" }),
  name: "chat",
  type: "COMPLETION",
  status: "OK",
  startTime: `2026-01-31T12:00:${String(10 + index).padStart(2, "0")}.000000Z`,
  endTime: "2026-01-31T12:01:30.000000Z",
  input: { messages: [{ role: "user", content: `ask ${index}` }] },
  output: { model: "my-model", choices: [], usage: { prompt_tokens: 1000, completion_tokens: 100 } },
});

async function fill(): Promise<void> {
  const store = new SqliteTraceStore({ path });
  await store.write("p", [call("a", 0), call("a", 1), call("b", 0)]);
  await store.settle();
  await store.close();
}

/** What the store tells of all of it. */
async function told(store: SqliteTraceStore) {
  const { traces } = await store.listTraces("p", { limit: 10, sort: "startTime" });
  const facets = await store.facets("p", { fields: ["model"], limit: 10 });
  const spans = await store.listSpans("p", { traceId: "a", limit: 10, offset: 0, orderBy: "id", descending: false });
  return { traces: traces.map(({ revision: _revision, ...trace }) => trace), facets, spans };
}

/** As a reader left it that understood nothing. */
function forgetDerived(): void {
  const database = new DatabaseSync(path);
  database.exec(`UPDATE spans SET model = NULL, input_tokens = NULL, output_tokens = NULL, cost_usd = NULL, reading = NULL;
    INSERT OR REPLACE INTO meta (key, value) VALUES ('derived_by', 0)`);
  database.close();
}

test("what an older reader derived is derived again, quietly, and only once", async () => {
  await fill();
  const whole = new SqliteTraceStore({ path });
  const before = await told(whole);
  await whole.close();
  forgetDerived();
  const upgraded = new SqliteTraceStore({ path });
  const stale = await upgraded.getSpan("p", "a", "span-0");
  expect(stale).not.toHaveProperty("model");
  await upgraded.settle();
  expect(await told(upgraded)).toEqual(before);
  expect(before.spans[0]).toMatchObject({ model: "my-model", inputTokens: 1000 });
  await upgraded.close();
  const database = new DatabaseSync(path);
  expect(database.prepare("SELECT key, value FROM meta WHERE key IN ('derived_by', 'rederive_at')").all()).toEqual([
    { key: "derived_by", value: READER_VERSION },
  ]);
  database.close();
});

test("by prices of one's own, when it is asked for; sums, lists and increments follow", async () => {
  await fill();
  const prices: readonly PriceOverride[] = [{ model: "my-*", input: 10, output: 100 }];
  const store = new SqliteTraceStore({ path, prices });
  const { traces } = await store.listTraces("p", { limit: 10, sort: "startTime" });
  expect(traces.map(({ costUsd }) => costUsd)).toEqual([null, null]);
  const revision = traces.find(({ traceId }) => traceId === "a")!.revision;
  // Beside the store's own upkeep, which does the same: no span twice.
  const [spans] = await Promise.all([store.rederive(), store.settle()]);
  expect(spans).toBe(3);
  const after = await store.listTraces("p", { limit: 10, sort: "startTime" });
  expect(new Map(after.traces.map(({ traceId, costUsd }) => [traceId, costUsd]))).toEqual(
    new Map([
      ["a", 0.02],
      ["b", 0.02],
    ]),
  );
  expect(await store.getSpan("p", "b", "span-0")).toMatchObject({ costUsd: 0.02, usage: { costSource: "override" } });
  const changed = await store.readTrace("p", "a", { payloadLimitBytes: 0, since: revision });
  expect(JSON.parse(changed!.spansJson)).toHaveLength(2);
  await store.close();
});

test("a store that is killed on the way goes on where it was", async () => {
  await fill();
  forgetDerived();
  const database = new DatabaseSync(path);
  const [first] = database
    .prepare("SELECT trace, start_us, hex(span) AS span FROM spans ORDER BY trace, start_us")
    .all() as {
    trace: number;
    start_us: number;
    span: string;
  }[];
  const position = JSON.stringify([first!.trace, first!.start_us, first!.span]);
  database.prepare("INSERT INTO meta (key, value) VALUES ('rederive_at', ?)").run(position);
  database.close();
  const store = new SqliteTraceStore({ path });
  await store.settle();
  expect(await store.getSpan("p", "a", "span-0")).not.toHaveProperty("model");
  expect(await store.getSpan("p", "a", "span-1")).toMatchObject({ model: "my-model" });
  await store.close();
});
