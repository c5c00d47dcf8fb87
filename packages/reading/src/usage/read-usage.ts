import type { Usage } from "../form/usage.ts";
import { defined } from "../json/fields.ts";
import { asRecord, type JsonRecord, own, textAt } from "../json/json-record.ts";
import { amountOf, countOf, sumOf } from "./count.ts";

/**
 * The token fields of all providers and frameworks as one usage: totals that hold everything, parts that are never
 * added again. The few that count disjoint buckets are told by names that only they use:
 * - Anthropic's `input_tokens` and Bedrock's `inputTokens` leave out what a cache gave or took.
 * - Google's `candidatesTokenCount` leaves out the thoughts, `promptTokenCount` what tools put into the prompt; so do
 *   `total_output_tokens` and `total_input_tokens` of its interactions.
 * All others (OpenAI, Mistral, OpenTelemetry, LangChain, the AI SDK) state whole totals.
 */
export function readUsage(bag: unknown, told: { serviceTier?: unknown } = {}): Usage | undefined {
  const record = asRecord(bag);
  if (record === undefined) return undefined;
  const inner = asRecord(own(record, "tokens"));
  const source = inner === undefined ? record : { ...record, ...inner };
  const usage = { ...inputOf(source), ...outputOf(source), ...costOf(source) };
  if (Object.keys(usage).length === 0) return undefined;
  const serviceTier = textAt(record, "service_tier", "serviceTier") ?? told.serviceTier;
  return typeof serviceTier === "string" ? { ...usage, serviceTier } : usage;
}

const INPUT = [
  "input_tokens",
  "prompt_tokens",
  "inputTokens",
  "promptTokens",
  "promptTokenCount",
  "prompt_eval_count",
  "total_input_tokens",
];
const INPUT_BESIDE_CACHE = new Set(["input_tokens", "inputTokens"]);
const OUTPUT = ["output_tokens", "completion_tokens", "outputTokens", "completionTokens", "eval_count"];

/** Cache counts that, under these names, stand beside the input and not within. */
const CACHE_READ_BESIDE = ["cache_read_input_tokens", "cacheReadInputTokens", "cacheReadInputTokenCount"];
const CACHE_WRITE_BESIDE = [
  "cache_creation_input_tokens",
  "cacheCreationInputTokens",
  "cacheWriteInputTokens",
  "cacheWriteInputTokenCount",
];
const CACHE_READ_WITHIN = [
  "cached_tokens",
  "cached_input_tokens",
  "cachedInputTokens",
  "cachedTokens",
  "cachedContentTokenCount",
  "num_cached_tokens",
  "total_cached_tokens",
  "numCachedTokens",
  "prompt_cache_hit_tokens",
  "cache_read",
  "cacheRead",
  "cacheReadTokens",
  "cache_read_tokens",
];
const CACHE_WRITE_WITHIN = [
  "cache_write_tokens",
  "cache_write_input_tokens",
  "cacheWriteTokens",
  "cache_creation",
  "cacheWrite",
];

const AUDIO_IN = ["audio_tokens", "audioTokens", "audio", "input_audio_tokens"];
const IMAGE_IN = ["image_tokens", "imageTokens", "image", "input_image_tokens"];
const AUDIO_OUT = ["audio_tokens", "audioTokens", "audio"];
const IMAGE_OUT = ["image_tokens", "imageTokens", "image"];
const REASONING = ["reasoning_tokens", "reasoningTokens", "reasoning_output_tokens", "reasoning", "thinkingTokens"];
const COSTS = ["cost_usd", "costUsd", "costUSD", "total_cost_usd", "cost", "total_cost"];

const INPUT_DETAILS = [
  "prompt_tokens_details",
  "input_tokens_details",
  "inputTokensDetails",
  "promptTokensDetails",
  "input_token_details",
  "inputTokenDetails",
  "inputDetails",
  "details",
];
const OUTPUT_DETAILS = [
  "completion_tokens_details",
  "output_tokens_details",
  "outputTokensDetails",
  "completionTokensDetails",
  "candidatesTokensDetails",
  "output_token_details",
  "outputTokenDetails",
  "outputDetails",
  "details",
];

function inputOf(bag: JsonRecord): Partial<Usage> {
  const bags = [bag, ...detailsOf(bag, INPUT_DETAILS)];
  const ttl = cacheTiers(bag, bags);
  const readBeside = firstCount([bag], CACHE_READ_BESIDE);
  const writtenBeside = firstCount([bag], CACHE_WRITE_BESIDE) ?? sumOf(...Object.values(ttl.beside));
  const cacheReadTokens = readBeside ?? firstCount(bags, CACHE_READ_WITHIN);
  const cacheWriteTokens = writtenBeside ?? firstCount(bags, CACHE_WRITE_WITHIN) ?? sumOf(...Object.values(ttl.within));
  const key = INPUT.find((name) => countOf(own(bag, name)) !== undefined);
  const stated = key === undefined ? undefined : countOf(bag[key]);
  const total =
    countOf(own(bag, "totalTokenCount")) === undefined
      ? countOf(own(bag, "total_tool_use_tokens"))
      : countOf(own(bag, "toolUsePromptTokenCount"));
  const inputTokens =
    key !== undefined && INPUT_BESIDE_CACHE.has(key) ? sumOf(stated, readBeside, writtenBeside) : sumOf(stated, total);
  return defined({
    inputTokens: atLeast(inputTokens, sumOf(cacheReadTokens, cacheWriteTokens)),
    cacheReadTokens,
    cacheWriteTokens,
    ...ttl.beside,
    ...ttl.within,
    inputAudioTokens: firstCount(bags, AUDIO_IN) ?? modality(bags, "AUDIO"),
    inputImageTokens: firstCount(bags, IMAGE_IN) ?? modality(bags, "IMAGE"),
  });
}

/** No part is larger than the whole: a whole that is smaller left the parts out. */
function atLeast(whole: number | undefined, parts: number | undefined): number | undefined {
  if (whole === undefined || parts === undefined || whole >= parts) return whole;
  return sumOf(whole, parts);
}

function outputOf(bag: JsonRecord): Partial<Usage> {
  const details = detailsOf(bag, OUTPUT_DETAILS);
  const bags = [bag, ...details];
  const thoughts = firstCount([bag], ["thoughtsTokenCount", "total_thought_tokens"]);
  const candidates = firstCount([bag], ["candidatesTokenCount", "total_output_tokens"]);
  const stated = firstCount([bag], OUTPUT);
  const reasoningTokens = thoughts ?? firstCount(bags, REASONING);
  return defined({
    outputTokens: stated ?? sumOf(candidates, thoughts),
    reasoningTokens,
    outputAudioTokens: firstCount(details, AUDIO_OUT) ?? modality(details, "AUDIO"),
    outputImageTokens: firstCount(details, IMAGE_OUT) ?? modality(details, "IMAGE"),
    acceptedPredictionTokens: firstCount(bags, ["accepted_prediction_tokens", "acceptedPredictionTokens"]),
    rejectedPredictionTokens: firstCount(bags, ["rejected_prediction_tokens", "rejectedPredictionTokens"]),
  });
}

function costOf(bag: JsonRecord): Partial<Usage> {
  for (const key of COSTS) {
    const costUsd = amountOf(own(bag, key));
    if (costUsd !== undefined) return { costUsd };
  }
  return {};
}

interface CacheTiers {
  cacheWrite5mTokens?: number;
  cacheWrite30mTokens?: number;
  cacheWrite1hTokens?: number;
  cacheWrite12hTokens?: number;
}

/** Times to live: Anthropic's and Bedrock's beside the input, OpenAI's and Mastra's within. */
function cacheTiers(bag: JsonRecord, bags: readonly JsonRecord[]): { beside: CacheTiers; within: CacheTiers } {
  const creation = asRecord(own(bag, "cache_creation"));
  const details = asRecord(
    bags.map((at) => own(at, "cache_write_tokens_details")).find((value) => value !== undefined),
  );
  return {
    beside: defined({
      cacheWrite5mTokens:
        countOf(own(creation, "ephemeral_5m_input_tokens")) ??
        countOf(own(bag, "cacheCreationEphemeral5mInputTokens")) ??
        bedrockTier(bag, "5m"),
      cacheWrite1hTokens:
        countOf(own(creation, "ephemeral_1h_input_tokens")) ??
        countOf(own(bag, "cacheCreationEphemeral1hInputTokens")) ??
        bedrockTier(bag, "1h"),
    }),
    within: defined({
      cacheWrite30mTokens: countOf(own(details, "ttl_30m_tokens")),
      cacheWrite12hTokens: countOf(own(details, "ttl_12h_tokens")),
      cacheWrite5mTokens: firstCount(bags, ["cacheWrite5m"]),
      cacheWrite1hTokens: firstCount(bags, ["cacheWrite1h"]),
    }),
  };
}

function bedrockTier(bag: JsonRecord, ttl: string): number | undefined {
  const details = own(bag, "cacheDetails");
  if (!Array.isArray(details)) return undefined;
  const tier = details.map(asRecord).find((detail) => detail?.ttl === ttl);
  return countOf(tier?.inputTokens);
}

/** Google's counts by modality: a list of `{modality, tokenCount}`. */
function modality(bags: readonly JsonRecord[], name: string): number | undefined {
  const found = bags.find((bag) => bag.modality === name);
  return found === undefined ? undefined : countOf(found.tokenCount);
}

/** Details are an object, a list with one object (OpenAI's agents), or Google's list by modality. */
function detailsOf(bag: JsonRecord, names: readonly string[]): readonly JsonRecord[] {
  return names.flatMap((name) => {
    const details = own(bag, name);
    return (Array.isArray(details) ? details : [details]).map(asRecord).filter((detail) => detail !== undefined);
  });
}

function firstCount(bags: readonly JsonRecord[], names: readonly string[]): number | undefined {
  for (const bag of bags) {
    for (const name of names) {
      const count = countOf(own(bag, name));
      if (count !== undefined) return count;
    }
  }
  return undefined;
}

const NAMES: ReadonlySet<string> = new Set([
  ...INPUT,
  ...OUTPUT,
  ...CACHE_READ_BESIDE,
  ...CACHE_WRITE_BESIDE,
  ...CACHE_READ_WITHIN,
  ...CACHE_WRITE_WITHIN,
  ...AUDIO_IN,
  ...IMAGE_IN,
  ...REASONING,
  ...COSTS,
  "candidatesTokenCount",
  "thoughtsTokenCount",
  "toolUsePromptTokenCount",
  "totalTokenCount",
  "total_tokens",
  "totalTokens",
  "accepted_prediction_tokens",
  "acceptedPredictionTokens",
  "rejected_prediction_tokens",
  "rejectedPredictionTokens",
  "cacheCreationEphemeral5mInputTokens",
  "cacheCreationEphemeral1hInputTokens",
  "ephemeral_5m_input_tokens",
  "ephemeral_1h_input_tokens",
  "ttl_30m_tokens",
  "ttl_12h_tokens",
  "cacheWrite5m",
  "cacheWrite1h",
  "text_tokens",
  "textTokens",
  "noCacheTokens",
  "text",
  "tokenCount",
]);

const DETAILS: ReadonlySet<string> = new Set([
  ...INPUT_DETAILS,
  ...OUTPUT_DETAILS,
  "cache_creation",
  "cacheDetails",
  "cache_write_tokens_details",
]);

/** Names of counts and costs: their values are in the usage, or follow from it (totals). */
export function isUsageName(name: string): boolean {
  return NAMES.has(name);
}

/** Names of objects that break a count down. */
export function isUsageDetail(name: string): boolean {
  return DETAILS.has(name);
}
