/** What the store keeps of a span beside what its sender says of it in fields: read out of its payloads when it is written. */
import {
  headOf,
  parseTimestamp,
  type SpanSnapshot,
  type SpanUsage,
  type TokenUsage,
  tokenUsageOf,
} from "@everspan/protocol";
import { type DerivedColumns, deriveColumns, type TokenCounts, type Usage } from "@everspan/reading";
import { type Cost, type Pricing, SENDER } from "../cost/pricing.ts";
import { kindOfType } from "./span-kind.ts";
import type { SpanReading } from "./trace-tally.ts";

export interface DerivedSpan {
  readonly usage: TokenUsage;
  readonly reading: SpanReading;
}

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

/** Beyond these a figure is not believed: sums must stay exact. */
const MAX_TOKENS = 1e12;
const MAX_COST_USD = 1e9;
const MAX_MODEL_CHARACTERS = 256;
const MAX_TIER_CHARACTERS = 64;
/** Tags of one span. */
const MAX_TAGS = 16;

/** Contradictions of one span that are kept. */
const MAX_CONFLICTS = 8;

/** @param pricing says what a call cost when its sender does not */
export function deriveSpan(snapshot: SpanSnapshot, pricing: Pricing): DerivedSpan {
  // Previews are a trace's, and its root tells them.
  const columns = deriveColumns(snapshot, snapshot.parentId === undefined);
  const stated = tokenUsageOf(snapshot);
  const model = columns.model ?? stated.model;
  const inputTokens = columns.usage?.inputTokens ?? stated.inputTokens;
  const outputTokens = columns.usage?.outputTokens ?? stated.outputTokens;
  const cost = stated.costUsd === undefined ? costOf(snapshot, columns, pricing) : undefined;
  const costUsd = cost?.costUsd ?? stated.costUsd;
  const usage: Writable<TokenUsage> = {};
  if (model !== undefined) usage.model = headOf(model, MAX_MODEL_CHARACTERS);
  if (inputTokens !== undefined) usage.inputTokens = Math.min(inputTokens, MAX_TOKENS);
  if (outputTokens !== undefined) usage.outputTokens = Math.min(outputTokens, MAX_TOKENS);
  if (costUsd !== undefined) usage.costUsd = Math.min(costUsd, MAX_COST_USD);
  return { usage, reading: readingOf(snapshot, columns, cost) };
}

/** What a call cost, by the prices of its day. */
function costOf(snapshot: SpanSnapshot, columns: DerivedColumns, pricing: Pricing): Cost | undefined {
  if (columns.usage === undefined) return undefined;
  return pricing.costOf(columns, new Date(parseTimestamp(snapshot.startTime)! / 1000));
}

/** Field by field: each span is read, and most say nothing of most of these. */
function readingOf(snapshot: SpanSnapshot, columns: DerivedColumns, cost: Cost | undefined): SpanReading {
  const { kind, toolName, traceName, session, user, environment, tags, responseId, asked, answered, usage } = columns;
  const reading: Writable<SpanReading> = {};
  if (kind !== kindOfType(snapshot.type)) reading.kind = kind;
  // A tool is almost always its span's name: then it is not stored.
  if (kind === "tool" && toolName !== undefined && toolName !== snapshot.name) {
    reading.tool = headOf(toolName, MAX_MODEL_CHARACTERS);
  }
  if (snapshot.parentId === undefined && traceName !== undefined) {
    reading.traceName = headOf(traceName, MAX_MODEL_CHARACTERS);
  }
  if (session !== undefined) reading.session = session;
  if (user !== undefined) reading.user = user;
  if (environment !== undefined) reading.environment = environment;
  if (tags.length > 0) reading.tags = tags.slice(0, MAX_TAGS);
  if (responseId !== undefined) reading.responseId = headOf(responseId, MAX_MODEL_CHARACTERS);
  const counts = usage === undefined ? undefined : partsOf(usage);
  if (counts !== undefined) reading.counts = counts;
  if (cost !== undefined && cost.source !== SENDER) reading.costSource = cost.source;
  if (cost?.isEstimate === true) reading.costIsEstimate = true;
  if (usage?.serviceTier !== undefined) reading.tier = headOf(usage.serviceTier, MAX_TIER_CHARACTERS);
  if (usage?.conflicts !== undefined) reading.conflicts = usage.conflicts.slice(0, MAX_CONFLICTS);
  if (asked !== undefined) reading.asked = asked;
  if (answered !== undefined) reading.answered = answered;
  return reading;
}

/** The rest of what a reading says of usage, as the API has it. @param hasCost whether a cost is stored */
export function spanUsageOf(reading: SpanReading, hasCost: boolean): SpanUsage | undefined {
  const { counts, tier, conflicts, costSource, costIsEstimate } = reading;
  const usage: SpanUsage = {
    ...counts,
    ...(tier !== undefined && { serviceTier: tier }),
    ...(hasCost && { costSource: costSource ?? SENDER }),
    ...(costIsEstimate === true && { costIsEstimate }),
    ...(conflicts !== undefined && { conflicts }),
  };
  return Object.keys(usage).length === 0 ? undefined : usage;
}

/** Of the two totals the parts that are more than nothing. */
function partsOf(usage: Usage): TokenCounts | undefined {
  const { inputTokens: _in, outputTokens: _out, costUsd: _cost, serviceTier: _tier, conflicts: _c, ...parts } = usage;
  const known = Object.entries(parts).filter(([, count]) => count > 0);
  if (known.length === 0) return undefined;
  return Object.fromEntries(known.map(([name, count]) => [name, Math.min(count, MAX_TOKENS)]));
}
