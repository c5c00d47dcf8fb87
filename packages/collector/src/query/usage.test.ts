import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TraceResponse, TraceSummary } from "@everspan/protocol";
import { afterEach, expect, test } from "vitest";
import { toServeOptions } from "../cli/serve-options.ts";
import { PRICE_TABLE_VERSION } from "../cost/price-table.ts";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";

let fixture: CollectorFixture | undefined;
afterEach(() => fixture?.stop());

const call = (id: string, output: object, more: object = {}) => sgpItem({ id, type: "COMPLETION", output, ...more });

async function readBack(...items: unknown[]): Promise<TraceResponse> {
  expect((await fixture!.send("PUT", "/v5/spans/batch", { items })).status).toBe(200);
  return (await (await fixture!.get("/api/traces/trace-1")).json()) as TraceResponse;
}

const usageOf = ({ spans }: TraceResponse, id: string) => spans.find((span) => span.id === id);

test("the parts of a call's tokens, and where its cost is from", async () => {
  fixture = await CollectorFixture.start();
  const anthropic = {
    type: "message",
    role: "assistant",
    model: "claude-opus-4-1",
    content: [{ type: "text", text: "hi" }],
    usage: {
      input_tokens: 10,
      cache_read_input_tokens: 90,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      output_tokens: 5,
    },
  };
  const openAi = {
    object: "chat.completion",
    model: "gpt-4o-mini",
    service_tier: "flex",
    choices: [{ message: { role: "assistant", content: "hi" } }],
    usage: {
      prompt_tokens: 1_000_000,
      completion_tokens: 0,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 3 },
    },
  };
  const told = { model: "x", cost_usd: 0.5, usage: { input_tokens: 1, output_tokens: 1 } };
  const trace = await readBack(
    call("anthropic", anthropic),
    call("openai", openAi),
    call("told", {}, { metadata: told }),
  );
  expect(usageOf(trace, "anthropic")).toMatchObject({
    inputTokens: 130,
    outputTokens: 5,
    usage: {
      cacheReadTokens: 90,
      cacheWriteTokens: 30,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 20,
      costSource: PRICE_TABLE_VERSION,
    },
  });
  expect(usageOf(trace, "openai")).toMatchObject({
    costUsd: 0.075,
    usage: {
      inputAudioTokens: 4,
      reasoningTokens: 3,
      serviceTier: "flex",
      costSource: PRICE_TABLE_VERSION,
      costIsEstimate: true,
    },
  });
  expect(usageOf(trace, "told")).toMatchObject({ costUsd: 0.5, usage: { costSource: "sender" } });
});

test("what contradicts itself, and what is reported twice", async () => {
  fixture = await CollectorFixture.start();
  const body = (tokens: number) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "gpt-4o-mini",
    choices: [{ message: { role: "assistant", content: "hi" } }],
    usage: { prompt_tokens: tokens, completion_tokens: 2 },
  });
  const outer = call("outer", body(100), { metadata: { usage: { input_tokens: 70, output_tokens: 2 } } });
  const trace = await readBack(outer, call("inner", body(100), { parent_id: "outer" }));
  expect(trace.trace).toMatchObject({ inputTokens: 100, outputTokens: 2, repeatedReports: 1 });
  expect(usageOf(trace, "outer")?.usage?.conflicts).toEqual([{ field: "inputTokens", kept: 100, other: 70 }]);
  expect(usageOf(trace, "inner")?.usage).not.toHaveProperty("conflicts");
});

test("prices of one's own are read when the collector starts, and go before the table's", async () => {
  const folder = mkdtempSync(join(tmpdir(), "everspan-prices-"));
  const flags = {
    host: "127.0.0.1",
    port: "0",
    allowHost: [],
    sample: false,
    readers: "0",
    logFormat: "text",
    prices: join(folder, "prices.json"),
  };
  try {
    writeFileSync(flags.prices, '{"prices":[{"model":"gpt-4o-mini","input":2,"output":3,"typo":1}]}');
    expect(() => toServeOptions(flags, {})).toThrow(/prices\.json": prices\.0: .*typo/);
    writeFileSync(flags.prices, '{"prices":[{"model":"gpt-4o-mini","input":2,"output":3}]}');
    const { prices = [] } = toServeOptions(flags, {});
    fixture = await CollectorFixture.start({ prices });
    const reply = { model: "gpt-4o-mini", choices: [], usage: { prompt_tokens: 500_000, completion_tokens: 0 } };
    const trace = await readBack(call("mine", reply));
    expect(usageOf(trace, "mine")).toMatchObject({ costUsd: 1, usage: { costSource: "override" } });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a cost that nobody knows is null, and one of 0 is 0: in lists, traces, sessions, sums and exports", async () => {
  fixture = await CollectorFixture.start({ prices: [{ model: "mine", input: 0, output: 0 }] });
  const reply = (model: string) => ({ model, choices: [], usage: { prompt_tokens: 10, completion_tokens: 2 } });
  const run = (id: string, model: string) =>
    call(id, reply(model), { trace_id: `trace-${id}`, metadata: { session_id: `session-${id}` } });
  const send = (...items: unknown[]) => fixture!.send("PUT", "/v5/spans/batch", { items });
  await send(run("unknown", "a model of nobody's"), run("free", "mine"), run("priced", "gpt-4o-mini"));
  const get = async (path: string) => (await (await fixture!.get(path)).json()) as never;
  const costs = async () => {
    const { traces } = (await get("/api/traces")) as { traces: TraceSummary[] };
    return Object.fromEntries(traces.map(({ traceId, costUsd }) => [traceId, costUsd]));
  };
  const priced = 10 * 0.15e-6 + 2 * 0.6e-6;
  expect(await costs()).toEqual({ "trace-unknown": null, "trace-free": 0, "trace-priced": priced });
  for (const [id, cost] of [
    ["unknown", null],
    ["free", 0],
    ["priced", priced],
  ] as const) {
    expect(((await get(`/api/traces/trace-${id}`)) as TraceResponse).trace.costUsd).toBe(cost);
    const line = (await (await fixture.get(`/api/traces/trace-${id}/export?format=evaluation`)).json()) as object;
    expect(line).toMatchObject({ metadata: { costUsd: cost } });
  }
  const { sessions } = (await get("/api/sessions")) as { sessions: { session: string; costUsd: number | null }[] };
  expect(Object.fromEntries(sessions.map(({ session, costUsd }) => [session, costUsd]))).toEqual({
    "session-unknown": null,
    "session-free": 0,
    "session-priced": priced,
  });
  const { rows } = (await get("/api/aggregates?by=model&from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z")) as {
    rows: { group: string; costUsd: number | null }[];
  };
  expect(Object.fromEntries(rows.map(({ group, costUsd }) => [group, costUsd]))).toMatchObject({
    "a model of nobody's": null,
    "gpt-4o-mini": priced,
  });
  // The span that knew it is told anew, and knows it no longer.
  await send(run("priced", "a model of nobody's"));
  expect(await costs()).toMatchObject({ "trace-priced": null });
});
