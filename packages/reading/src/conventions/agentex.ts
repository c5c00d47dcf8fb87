import type { Usage } from "../form/usage.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord } from "../json/json-record.ts";
import { amountOf } from "../usage/count.ts";
import { readUsage } from "../usage/read-usage.ts";
import type { Convention } from "./convention.ts";

const FLAT = [
  "input_tokens",
  "prompt_tokens",
  "inputTokens",
  "promptTokens",
  "output_tokens",
  "completion_tokens",
  "outputTokens",
  "completionTokens",
  "cached_input_tokens",
  "cached_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "reasoning_tokens",
];

const COSTS = ["cost_usd", "costUsd", "cost", "total_cost"];

/** Agentex and SGP: reserved names in the metadata, a usage object and a cost beside it; also what programs write by hand. */
export const agentex: Convention = {
  name: "agentex",
  facts: {
    provider: ["provider"],
    responseModel: ["model", "model_name", "modelName", "modelId", "model_id"],
    session: ["session", "session_id", "sessionId", "conversation_id", "conversationId", "thread_id"],
    user: ["user", "user_id", "userId"],
    environment: ["environment"],
    release: ["release"],
    agentName: ["__agent_name__"],
    agentId: ["__agent_id__"],
    toolCallId: ["tool_call_id", "toolCallId"],
    finishReason: ["finish_reason", "finishReason", "stop_reason"],
    responseId: ["response_id", "responseId"],
  },
  tags: ["tags"],
  repeats: ["__span_type__", "__source__"],
  usageHeads: ["usage", "usage_metadata", ...FLAT, ...COSTS],
  usage,
};

/** `usage` (a reply's or a turn's), or the same names without it. */
function usage(attributes: Fields): Usage | undefined {
  const bag = asRecord(attributes.peek("usage")) ?? asRecord(attributes.peek("usage_metadata"));
  const read = readUsage(bag);
  if (read !== undefined)
    attributes.take(asRecord(attributes.peek("usage")) === undefined ? "usage_metadata" : "usage");
  const flat: Record<string, unknown> = {};
  for (const name of FLAT) if (attributes.has(name)) flat[name] = attributes.take(name);
  attributes.drop("total_tokens");
  const stated = read ?? readUsage(flat);
  const costUsd = COSTS.map((name) =>
    amountOf(attributes.peek(name)) === undefined ? undefined : amountOf(attributes.take(name)),
  ).find((cost) => cost !== undefined);
  if (stated === undefined) return costUsd === undefined ? undefined : { costUsd };
  return { ...stated, ...defined({ costUsd: costUsd ?? stated.costUsd }) };
}
