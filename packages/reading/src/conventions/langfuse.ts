import type { SpanType } from "@everspan/protocol";
import type { Usage } from "../form/usage.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord, type JsonRecord, own } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { amountOf, countOf, sumOf } from "../usage/count.ts";
import { readUsage } from "../usage/read-usage.ts";
import type { Convention } from "./convention.ts";
import { whole } from "./gen-ai.ts";

/** Langfuse's attributes. */

const TYPES: ReadonlyMap<unknown, SpanType> = new Map<unknown, SpanType>([
  ["generation", "COMPLETION"],
  ["embedding", "COMPLETION"],
  ["tool", "CODE_EXECUTION"],
  ["agent", "AGENT_WORKFLOW"],
  ["retriever", "KB_RETRIEVAL"],
  ["evaluator", "EVALUATION"],
  ["guardrail", "GUARDRAIL"],
]);

export const langfuse: Convention = {
  name: "langfuse",
  facts: {
    responseModel: ["langfuse.observation.model.name"],
    session: ["session.id", "langfuse.session.id"],
    user: ["user.id", "langfuse.user.id"],
    environment: ["langfuse.environment"],
    release: ["langfuse.release", "langfuse.version"],
    traceName: ["langfuse.trace.name"],
  },
  tags: ["langfuse.trace.tags"],
  metadataPrefixes: ["langfuse.observation.metadata.", "langfuse.trace.metadata."],
  parameters: ["langfuse.observation.model.parameters"],
  repeats: ["langfuse.observation.type"],
  spanType: (attributes) => TYPES.get(own(attributes, "langfuse.observation.type")),
  usageHeads: ["langfuse"],
  usage,
  inputs: (attributes) => whole(attributes, "langfuse.observation.input"),
  outputs: (attributes) => whole(attributes, "langfuse.observation.output"),
};

/** Langfuse's buckets are disjoint: cached tokens are not in `input`, so all of a side are added. */
function usage(attributes: Fields): Usage | undefined {
  const details = asRecord(parsedIfJson(attributes.take("langfuse.observation.usage_details")));
  const costs = asRecord(parsedIfJson(attributes.take("langfuse.observation.cost_details")));
  return langfuseUsage(details, costs);
}

/** The same from an export's or an ingestion event's `usageDetails` and `costDetails`. */
export function langfuseUsage(details: JsonRecord | undefined, costs: JsonRecord | undefined): Usage | undefined {
  const costUsd = costOf(costs);
  if (details === undefined) return costUsd === undefined ? undefined : { costUsd };
  const isDisjoint = Object.keys(details).some((key) => key === "input" || key === "output");
  const counts = isDisjoint ? bucketUsage(details) : readUsage(details);
  return counts === undefined && costUsd === undefined ? undefined : { ...counts, ...defined({ costUsd }) };
}

function bucketUsage(details: JsonRecord): Usage {
  const side = (name: string) =>
    sumOf(...Object.entries(details).map(([key, value]) => (sideOf(key) === name ? countOf(value) : undefined)));
  const bucket = (...names: readonly string[]) => sumOf(...names.map((name) => countOf(own(details, name))));
  return defined({
    inputTokens: side("input"),
    outputTokens: side("output"),
    cacheReadTokens: bucket("input_cached_tokens", "cache_read_input_tokens", "input_cache_read"),
    cacheWriteTokens: bucket("cache_creation_input_tokens", "input_cache_creation"),
    inputAudioTokens: bucket("input_audio_tokens"),
    reasoningTokens: bucket("output_reasoning_tokens", "output_reasoning"),
    outputAudioTokens: bucket("output_audio_tokens"),
    acceptedPredictionTokens: bucket("output_accepted_prediction_tokens"),
    rejectedPredictionTokens: bucket("output_rejected_prediction_tokens"),
  });
}

function sideOf(key: string): "input" | "output" | undefined {
  if (/^output|output_tokens$/.test(key)) return "output";
  return /^input|input_tokens$/.test(key) ? "input" : undefined;
}

/** A total of 0 for a call that failed or whose model has no price says nothing. */
function costOf(costs: JsonRecord | undefined): number | undefined {
  const total = amountOf(own(costs, "total"));
  if (total !== undefined && total > 0) return total;
  const parts = Object.entries(costs ?? {}).flatMap(([key, value]) => (key === "total" ? [] : (amountOf(value) ?? [])));
  const sum = parts.reduce((all, part) => all + part, 0);
  return sum > 0 ? sum : undefined;
}
