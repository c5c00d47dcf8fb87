import type { SpanType } from "@everspan/protocol";
import type { Usage } from "../form/usage.ts";
import { defined, type Fields } from "../json/fields.ts";
import { isEmpty, own } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { amountOf, countOf } from "../usage/count.ts";
import type { Candidate, Convention } from "./convention.ts";

/** OpenTelemetry's semantic conventions for generative AI, also the names that they gave up. */

const TYPES: ReadonlyMap<unknown, SpanType> = new Map<unknown, SpanType>([
  ["chat", "COMPLETION"],
  ["generate_content", "COMPLETION"],
  ["text_completion", "COMPLETION"],
  ["completion", "COMPLETION"],
  ["embeddings", "COMPLETION"],
  ["execute_tool", "CODE_EXECUTION"],
  ["tool.execute", "CODE_EXECUTION"],
  ["invoke_agent", "AGENT_WORKFLOW"],
  ["create_agent", "AGENT_WORKFLOW"],
  ["invoke_workflow", "AGENT_WORKFLOW"],
  ["agent.run", "AGENT_WORKFLOW"],
  ["retrieval", "KB_RETRIEVAL"],
]);

type Attributes = Readonly<Record<string, unknown>>;

export const genAi: Convention = {
  name: "gen-ai",
  facts: {
    provider: ["gen_ai.provider.name", "gen_ai.system"],
    requestModel: ["gen_ai.request.model"],
    responseModel: ["gen_ai.response.model"],
    responseId: ["gen_ai.response.id"],
    finishReason: ["gen_ai.response.finish_reasons", "gen_ai.response.finish_reason"],
    session: ["gen_ai.conversation.id"],
    environment: ["deployment.environment.name", "deployment.environment"],
    toolName: ["gen_ai.tool.name"],
    toolCallId: ["gen_ai.tool.call.id"],
    agentName: ["gen_ai.agent.name", "gen_ai.workflow.name"],
    agentId: ["gen_ai.agent.id"],
    query: ["gen_ai.retrieval.query.text"],
  },
  parameters: ["gen_ai.request."],
  repeats: ["gen_ai.operation.name"],
  spanType: (attributes) => TYPES.get(own(attributes, "gen_ai.operation.name")),
  usageHeads: ["gen_ai", "anthropic", "operation"],
  usage,
  inputs: (attributes) => [
    ...conversation(attributes),
    ...whole(
      attributes,
      "gen_ai.tool.call.arguments",
      "gen_ai.tool.input",
      "gen_ai.prompt",
      "gen_ai.retrieval.query.text",
    ),
  ],
  outputs: (attributes) => [
    ...messages(attributes, "gen_ai.output.messages", "messages"),
    ...documents(attributes),
    ...whole(attributes, "gen_ai.tool.call.result", "gen_ai.tool.output", "gen_ai.completion"),
  ],
};

/** Messages with the system text and the tools that stand beside them. */
function conversation(attributes: Attributes): readonly Candidate[] {
  const names = ["gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.tool.definitions"] as const;
  const [system, messages, tools] = names.map((name) => parsedIfJson(own(attributes, name)));
  if (isEmpty(messages) && isEmpty(system)) return [];
  const value = defined({
    system: isEmpty(system) ? undefined : system,
    messages: messages ?? [],
    tools: isEmpty(tools) ? undefined : tools,
  });
  return [{ value, names: names.filter((name) => Object.hasOwn(attributes, name)) }];
}

function messages(attributes: Attributes, name: string, key: string): readonly Candidate[] {
  const value = parsedIfJson(own(attributes, name));
  return isEmpty(value) ? [] : [{ value: Array.isArray(value) ? { [key]: value } : value, names: [name] }];
}

function documents(attributes: Attributes): readonly Candidate[] {
  return messages(attributes, "gen_ai.retrieval.documents", "documents");
}

/** Attributes that each hold a whole payload. */
export function whole(attributes: Attributes, ...names: readonly string[]): readonly Candidate[] {
  return names
    .filter((name) => Object.hasOwn(attributes, name))
    .map((name) => ({ value: parsedIfJson(attributes[name]), names: [name] }));
}

/** OpenTelemetry's totals are whole: cached input and reasoning are in them. */
function usage(attributes: Fields): Usage | undefined {
  const count = (...names: readonly string[]) =>
    countOf(attributes.take(...names.map((name) => `gen_ai.usage.${name}`)));
  const found = defined({
    inputTokens: count("input_tokens", "prompt_tokens"),
    outputTokens: count("output_tokens", "completion_tokens"),
    cacheReadTokens: count(
      "cache_read.input_tokens",
      "cache_read_input_tokens",
      "cached_input_tokens",
      "details.cache_read_tokens",
    ),
    cacheWriteTokens: count(
      "cache_creation.input_tokens",
      "cache_write.input_tokens",
      "cache_creation_input_tokens",
      "details.cache_write_tokens",
    ),
    cacheWrite5mTokens: countOf(
      attributes.take(
        "anthropic.usage.cache_creation.ephemeral_5m_input_tokens",
        "gen_ai.usage.cache_creation.5m_input_tokens",
      ),
    ),
    cacheWrite1hTokens: countOf(
      attributes.take(
        "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
        "gen_ai.usage.cache_creation.1h_input_tokens",
      ),
    ),
    reasoningTokens: count("reasoning.output_tokens", "reasoning_tokens", "details.reasoning_tokens"),
    inputAudioTokens: count("audio.input_tokens", "audio_input_tokens"),
    outputAudioTokens: count("audio.output_tokens", "audio_output_tokens"),
    inputImageTokens: count("image.input_tokens"),
    outputImageTokens: count("image.output_tokens"),
    costUsd: amountOf(attributes.take("gen_ai.usage.cost", "operation.cost")),
  });
  attributes.drop("gen_ai.usage.total_tokens");
  attributes.drop("llm.usage.total_tokens");
  if (Object.keys(found).length === 0) return undefined;
  const serviceTier = attributes.text(
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "anthropic.response.service_tier",
    "aws.bedrock.service_tier",
  );
  return { ...found, ...defined({ serviceTier }) };
}

/** A finish reason is a text, a list with one for each choice, or such a list as JSON text. */
export function firstText(value: unknown): string | undefined {
  const parsed = parsedIfJson(value);
  const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  return typeof first === "string" && first !== "" ? first : undefined;
}
