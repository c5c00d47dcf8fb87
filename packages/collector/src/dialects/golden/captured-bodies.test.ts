/**
 * Bodies that real instrumentations sent, posted to a collector, and read from its API as the viewer reads them: each
 * span must come out as `expected-bodies.ts` says, and each model call as the provider's own bodies read.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { StoredSpan } from "@everspan/protocol";
import { readSpan, type SpanReading } from "@everspan/reading";
import { describe, expect, test } from "vitest";
import { CollectorFixture } from "../../testing/collector-fixture.ts";
import { EXPECTED, type ExpectedSpan, type ExpectedTrace } from "./expected-bodies.ts";
import { type Exchange, type NormalCall, normalCall, providerCall } from "./normal-form.ts";

/** Captures lie beside the project, where there are any: they are not the project's own. */
const CAPTURES = new URL("../../../../../../shared/data/", import.meta.url);

interface TraceSummary {
  readonly traceId: string;
  readonly name: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

interface Arrived {
  readonly trace: TraceSummary;
  readonly spans: readonly StoredSpan[];
}

function bodiesOf(file: URL): readonly { readonly bytes: Uint8Array | string; readonly type: string }[] {
  const bytes = readFileSync(file);
  if (file.pathname.endsWith(".bin")) return [{ bytes, type: "application/x-protobuf" }];
  const parsed: unknown = JSON.parse(bytes.toString());
  return (Array.isArray(parsed) ? parsed : [parsed]).map((item: { body?: unknown }) => ({
    bytes: JSON.stringify(item.body ?? item),
    type: "application/json",
  }));
}

async function arrive(file: URL): Promise<Arrived> {
  const fixture = await CollectorFixture.start();
  try {
    for (const { bytes, type } of bodiesOf(file)) {
      const response = await fixture.send("POST", "/v1/traces", bytes, { "content-type": type });
      expect(response.status).toBe(200);
    }
    const { traces } = (await (await fixture.get("/api/traces")).json()) as { traces: TraceSummary[] };
    expect(traces).toHaveLength(1);
    const answer = await fixture.get(`/api/traces/${traces[0]!.traceId}?payloads=full`);
    return { trace: traces[0]!, spans: ((await answer.json()) as { spans: StoredSpan[] }).spans };
  } finally {
    await fixture.stop();
  }
}

function exchange(name: string): Exchange {
  const all = JSON.parse(readFileSync(new URL(`recordings/${name}.json`, CAPTURES), "utf8")) as Exchange[];
  return all[0]!;
}

/** What is compared of every span, whatever it is. */
function facts(span: StoredSpan, reading: SpanReading, names: ReadonlyMap<string, string>) {
  const { error } = reading;
  return {
    name: span.name,
    parent: names.get(span.parentId ?? ""),
    type: span.type,
    status: span.status === "OK" ? undefined : span.status,
    error: error === undefined ? undefined : { type: error.type, message: error.message },
    session: reading.session,
    user: reading.user,
    tags: reading.tags.length === 0 ? undefined : reading.tags,
    environment: reading.environment,
    release: reading.release,
    agent: reading.agent?.name,
    tool: reading.tool,
  };
}

function expectSpan(span: StoredSpan, expected: ExpectedSpan, names: ReadonlyMap<string, string>): void {
  const reading = readSpan(span);
  const { call, differences, tokens, asked, answered, model, embeddings, ...stated } = expected;
  expect(facts(span, reading, names)).toEqual({ ...UNSTATED, ...stated });
  // The column is the task: what every list and filter goes by.
  expect(span.taskId).toBe(stated.session);
  const form = normalCall(reading);
  const totals = [form.usage.inputTokens, form.usage.outputTokens];
  expect([span.inputTokens, span.outputTokens]).toEqual(totals);
  if (call !== undefined) {
    expectCall(form, expected);
    return;
  }
  expect(span.model).toBe(model);
  expect(totals).toEqual(tokens ?? [undefined, undefined]);
  if (asked !== undefined) expect(form.messages).toEqual(asked);
  if (answered !== undefined) {
    expect(form.reply).toEqual((answered as { parts: unknown[] }[]).flatMap(({ parts }) => parts));
  }
  expect(reading.output.kind === "read" ? reading.output.value.embeddings : undefined).toEqual(embeddings);
}

const UNSTATED = {
  parent: undefined,
  status: undefined,
  error: undefined,
  session: undefined,
  user: undefined,
  tags: undefined,
  environment: undefined,
  release: undefined,
  agent: undefined,
  tool: undefined,
};

function expectCall(form: NormalCall, { call, differences = [] }: ExpectedSpan): void {
  const own = providerCall(exchange(call!));
  const expected: Record<string, unknown> = { ...own };
  for (const { field, value, because } of differences) {
    const other: unknown = typeof value === "function" ? value(own[field]) : value;
    expect(other, `no difference: ${because}`).not.toEqual(own[field]);
    expected[field] = other;
  }
  expect(form).toEqual(expected);
}

function expectTrace({ trace, spans }: Arrived, expected: ExpectedTrace): void {
  const names = new Map(spans.map(({ id, name }) => [id, name]));
  expect(trace.name).toBe(expected.name);
  expect([trace.inputTokens, trace.outputTokens]).toEqual(expected.tokens);
  expect(spans.map(({ name }) => name).sort()).toEqual(expected.spans.map(({ name }) => name).sort());
  const pending = [...expected.spans];
  for (const span of spans) {
    const at = pending.findIndex(({ name }) => name === span.name);
    expectSpan(span, pending.splice(at, 1)[0]!, names);
  }
}

const has = existsSync(CAPTURES);

describe.skipIf(!has)("captured bodies", () => {
  test("every one of them is expected here", () => {
    const files = readdirSync(new URL("otlp/", CAPTURES)).filter((name) => !name.endsWith(".md"));
    expect(Object.keys(EXPECTED).sort()).toEqual(files.map((name) => name.replace(/\.\w+$/, "")).sort());
  });

  test.each(Object.entries(EXPECTED))("%s", async (name, expected) => {
    const json = new URL(`otlp/${name}.json`, CAPTURES);
    expectTrace(await arrive(existsSync(json) ? json : new URL(`otlp/${name}.bin`, CAPTURES)), expected);
  });
});
