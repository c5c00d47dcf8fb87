/** Compares what a collector's API gives with what is expected, read as the viewer reads it. Throws at a difference. */
import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import type { StoredSpan } from "@everspan/protocol";
import { readSpan, type SpanReading } from "@everspan/reading";
import { expectedCost, isSameCost } from "./expected-cost.ts";
import type { ExpectedSpan, ExpectedTrace } from "./expected-span.ts";
import { type Exchange, type NormalCall, normalCall, providerCall } from "./normal-form.ts";

export interface TraceSummary {
  readonly traceId: string;
  readonly name: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export interface Arrived {
  readonly trace: TraceSummary;
  readonly spans: readonly StoredSpan[];
}

/** The exchange that a recording of this name begins with. */
export type Recordings = (name: string) => Exchange;

export function checkTrace({ trace, spans }: Arrived, expected: ExpectedTrace, recordings: Recordings): void {
  const names = new Map(spans.map(({ id, name }) => [id, name]));
  strictEqual(trace.name, expected.name);
  deepStrictEqual([trace.inputTokens, trace.outputTokens], expected.tokens);
  deepStrictEqual(namesOf(spans), namesOf(expected.spans));
  if (!isSameCost(trace.costUsd, expected.costUsd ?? costOfCalls(spans, expected))) {
    same(trace.costUsd, costOfCalls(spans, expected), "the cost of the run");
  }
  const pending = [...spans];
  for (const wanted of expected.spans) {
    const twins = pending.filter(({ name }) => name === wanted.name);
    // Spans of one name came in any order: the one that fits is taken, else the first one says what is wrong.
    const span = twins.find((twin) => fits(twin, wanted, names, recordings)) ?? twins[0]!;
    checkSpan(span, wanted, names, recordings);
    pending.splice(pending.indexOf(span), 1);
  }
}

/** Each call once: those that are compared with a provider's words; in a run without any, the spans that state tokens. */
function costOfCalls(spans: readonly StoredSpan[], { spans: expected }: ExpectedTrace): number {
  const calls = new Set(expected.filter(({ call }) => call !== undefined).map(({ name }) => name));
  const counted = spans.filter(({ name, type }) => (calls.size === 0 ? type === "COMPLETION" : calls.has(name)));
  return counted.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
}

function namesOf(spans: readonly { readonly name: string }[]): readonly string[] {
  return spans.map(({ name }) => name).sort();
}

function fits(...given: Parameters<typeof checkSpan>): boolean {
  try {
    checkSpan(...given);
    return true;
  } catch {
    return false;
  }
}

function checkSpan(
  span: StoredSpan,
  expected: ExpectedSpan,
  names: ReadonlyMap<string, string>,
  recordings: Recordings,
): void {
  const reading = readSpan(span);
  const { call, differences: _differences, tokens, costUsd, asked, answered, model, embeddings, ...stated } = expected;
  same(facts(span, reading, names), { ...UNSTATED, ...stated }, `the facts of ${span.name}`);
  // The column is the task: what every list and filter goes by.
  strictEqual(span.taskId, stated.session);
  const form = normalCall(reading);
  const totals = [form.usage.inputTokens, form.usage.outputTokens];
  same([span.inputTokens, span.outputTokens], totals, `the columns of ${span.name}`);
  const cost = costUsd ?? expectedCost(form.model, form.usage);
  if (!isSameCost(span.costUsd, cost)) same(span.costUsd, cost, `the cost of ${span.name}`);
  if (call !== undefined) {
    checkCall(form, expected, recordings(call));
    return;
  }
  strictEqual(span.model, model);
  same(totals, tokens ?? [undefined, undefined], `the tokens of ${span.name}`);
  if (asked !== undefined) same(form.messages, asked, `what was asked in ${span.name}`);
  if (answered !== undefined) {
    const parts = (answered as { parts: unknown[] }[]).flatMap((message) => message.parts);
    same(form.reply, parts, `what was answered in ${span.name}`);
  }
  const vectors = reading.output.kind === "read" ? reading.output.value.embeddings : undefined;
  same(vectors, embeddings, `the embeddings of ${span.name}`);
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

function checkCall(form: NormalCall, { name, differences = [] }: ExpectedSpan, exchange: Exchange): void {
  const own = providerCall(exchange);
  const expected: Record<string, unknown> = { ...own };
  for (const { field, value, because } of differences) {
    const other: unknown = typeof value === "function" ? value(own[field]) : value;
    notDeepStrictEqual(other, own[field], `no difference: ${because}`);
    expected[field] = other;
  }
  same(form, expected, `the call of ${name}`);
}

/** As JSON: a field that is absent and one that is undefined say the same. A number that no double holds is its text. */
function same(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [actual, expected].map(plain);
  if (!isDeepStrictEqual(left, right)) deepStrictEqual({ [what]: left }, { [what]: right });
}

function plain(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
