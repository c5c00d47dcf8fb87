import { isJsonObject } from "./payload/json-object.ts";
import { numberOf } from "./payload/number-text.ts";
import type { SpanSnapshot } from "./span-snapshot.ts";

/**
 * What a span says about the model it ran: its name, tokens and cost. Read from `data`, then from `output` (a
 * provider's reply recorded as it came), then the model from `input` (a request). Known spellings: the keys that SGP
 * bills (`input_tokens`, `prompt_tokens`, …), OpenAI's chat and responses replies, Anthropic's messages, the AI
 * SDK's camel case, the GenAI semantic conventions (also deprecated ones), OpenInference.
 *
 * A span's own numbers are always shown on the span. The sums of a trace leave out the types that wrap other spans
 * (`countsTowardTrace`): an agent's turn repeats what its model calls have said already.
 */
export interface TokenUsage {
  readonly model?: string;
  /** Cached tokens included. */
  readonly inputTokens?: number;
  /** Reasoning tokens included. */
  readonly outputTokens?: number;
  /** US dollars. */
  readonly costUsd?: number;
}

const INPUT_KEYS = ["input_tokens", "prompt_tokens", "inputTokens", "promptTokens"];
const OUTPUT_KEYS = ["output_tokens", "completion_tokens", "outputTokens", "completionTokens"];
const COST_KEYS = ["cost_usd", "costUsd", "cost", "total_cost"];
const MODEL_KEYS = ["model", "model_name", "modelName", "modelId", "model_id"];

const INPUT_ATTRIBUTES = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"];
const OUTPUT_ATTRIBUTES = [
  "gen_ai.usage.output_tokens",
  "gen_ai.usage.completion_tokens",
  "llm.token_count.completion",
];
const COST_ATTRIBUTES = ["gen_ai.usage.cost", "llm.cost.total"];
const MODEL_ATTRIBUTES = [
  "gen_ai.response.model",
  "gen_ai.request.model",
  "llm.response.model_name",
  "llm.model_name",
  "llm.request.model_name",
];

/** Anthropic counts cached input beside `input_tokens`, every other provider within. */
const CACHED_BESIDE_KEYS = ["cache_read_input_tokens", "cache_creation_input_tokens"];

const NAMES: ReadonlySet<string> = new Set([
  ...["usage", "usage_metadata"],
  ...[...INPUT_KEYS, ...INPUT_ATTRIBUTES, ...OUTPUT_KEYS, ...OUTPUT_ATTRIBUTES, ...COST_KEYS, ...COST_ATTRIBUTES],
  ...[...MODEL_KEYS, ...MODEL_ATTRIBUTES],
]);

const WRAPPING_TYPES: ReadonlySet<string> = new Set(["AGENT_WORKFLOW", "AGENT_TRACER", "TRACER"]);

export function tokenUsageOf(span: Pick<SpanSnapshot, "input" | "output" | "data">): TokenUsage {
  // Most spans say nothing of it.
  if (!isTelling(span.data) && !isTelling(span.output) && !isTelling(span.input)) return {};
  const holders = [span.data, span.output].filter(isJsonObject).filter(tells);
  const bags = holders.flatMap((holder) =>
    [own(holder, "usage"), own(holder, "usage_metadata"), holder].filter(isJsonObject),
  );
  const model =
    firstText(holders, [...MODEL_ATTRIBUTES, ...MODEL_KEYS]) ??
    firstText([span.input].filter(isJsonObject).filter(tells), MODEL_KEYS);
  const inputTokens = inputTokensOf(bags);
  const outputTokens = firstCount(bags, [...OUTPUT_KEYS, ...OUTPUT_ATTRIBUTES]);
  const costUsd = firstNumber(bags, [...COST_KEYS, ...COST_ATTRIBUTES]);
  return {
    ...(model !== undefined && { model }),
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(costUsd !== undefined && { costUsd }),
  };
}

/** True when a span's tokens and cost belong to the sums of its trace. */
export function countsTowardTrace(span: Pick<SpanSnapshot, "type">): boolean {
  return !WRAPPING_TYPES.has(span.type);
}

function inputTokensOf(bags: readonly Bag[]): number | undefined {
  for (const bag of bags) {
    const tokens = firstCount([bag], [...INPUT_KEYS, ...INPUT_ATTRIBUTES]);
    if (tokens === undefined) continue;
    return CACHED_BESIDE_KEYS.reduce((sum, key) => sum + (firstCount([bag], [key]) ?? 0), tokens);
  }
  return undefined;
}

type Bag = Readonly<Record<string, unknown>>;

/** The first bag wins over the first name: what stands in `data` is the application's own word. */
function firstOf<T>(bags: readonly Bag[], names: readonly string[], read: (value: unknown) => T | undefined) {
  for (const bag of bags) {
    for (const name of names) {
      const value = read(own(bag, name));
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

function firstCount(bags: readonly Bag[], names: readonly string[]): number | undefined {
  return firstOf(bags, names, (value) => {
    const count = numberOf(value);
    return Number.isSafeInteger(count) && count! >= 0 ? count : undefined;
  });
}

function firstNumber(bags: readonly Bag[], names: readonly string[]): number | undefined {
  return firstOf(bags, names, (value) => {
    const amount = numberOf(value);
    return Number.isFinite(amount) && amount! >= 0 ? amount : undefined;
  });
}

function firstText(bags: readonly Bag[], names: readonly string[]): string | undefined {
  return firstOf(bags, names, (value) => (typeof value === "string" && value !== "" ? value : undefined));
}

/** Most payloads have few fields, and none of these names: so their fields are looked at, and not each name in them. */
function tells(bag: Bag): boolean {
  for (const name in bag) if (NAMES.has(name)) return true;
  return false;
}

function isTelling(payload: unknown): boolean {
  return isJsonObject(payload) && tells(payload);
}

function own(bag: Bag, name: string): unknown {
  return Object.hasOwn(bag, name) ? bag[name] : undefined;
}
