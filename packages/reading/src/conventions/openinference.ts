import type { SpanType } from "@everspan/protocol";
import type { Usage } from "../form/usage.ts";
import { defined, Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, own } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { unflattenList } from "../json/unflatten.ts";
import { amountOf, countOf } from "../usage/count.ts";
import type { Candidate, Convention } from "./convention.ts";

/** OpenInference (Phoenix, Arize): payloads as text beside messages spread over numbered attributes. */

const TYPES: ReadonlyMap<string, SpanType> = new Map<string, SpanType>([
  ["LLM", "COMPLETION"],
  ["EMBEDDING", "COMPLETION"],
  ["TOOL", "CODE_EXECUTION"],
  ["AGENT", "AGENT_WORKFLOW"],
  ["RETRIEVER", "KB_RETRIEVAL"],
  ["RERANKER", "RERANKING"],
  ["GUARDRAIL", "GUARDRAIL"],
  ["EVALUATOR", "EVALUATION"],
  ["PROMPT", "PROMPT_ENGINEERING"],
]);

type Attributes = Readonly<Record<string, unknown>>;

export const openInference: Convention = {
  name: "openinference",
  facts: {
    provider: ["llm.provider", "llm.system"],
    requestModel: ["llm.request.model_name", "embedding.model_name", "reranker.model_name"],
    responseModel: ["llm.response.model_name", "llm.model_name"],
    finishReason: ["llm.finish_reason"],
    session: ["session.id"],
    user: ["user.id"],
    toolName: ["tool.name"],
    toolCallId: ["tool_call.id", "tool.id"],
    agentName: ["agent.name"],
  },
  tags: ["tag.tags"],
  metadataPrefixes: ["metadata."],
  parameters: ["llm.invocation_parameters"],
  repeats: ["openinference.span.kind", "input.mime_type", "output.mime_type"],
  spanType: (attributes) => TYPES.get(String(own(attributes, "openinference.span.kind")).toUpperCase()),
  usageHeads: ["llm"],
  usage,
  inputs: (attributes) => [
    ...wholeValue(attributes, "input"),
    ...spreadMessages(attributes, "llm.input_messages.", "llm.tools."),
    ...embeddedTexts(attributes),
    ...rerankerInput(attributes),
    ...toolArguments(attributes),
  ],
  outputs: (attributes) => [
    ...wholeValue(attributes, "output"),
    ...spreadMessages(attributes, "llm.output_messages."),
    ...vectors(attributes),
    ...documents(attributes, "retrieval.documents."),
    ...documents(attributes, "reranker.output_documents."),
  ],
};

/** A text that says it is text is not parsed. */
function wholeValue(attributes: Attributes, field: "input" | "output"): readonly Candidate[] {
  const name = `${field}.value`;
  if (!Object.hasOwn(attributes, name)) return [];
  const mimeType = own(attributes, `${field}.mime_type`);
  const given = attributes[name];
  const value = mimeType === "text/plain" ? given : parsedScalar(given, mimeType);
  return [{ value, names: [name] }];
}

/** Scalars are JSON too when the sender says that it is JSON. */
function parsedScalar(value: unknown, mimeType: unknown): unknown {
  const parsed = parsedIfJson(value);
  if (parsed !== value || mimeType !== "application/json" || typeof value !== "string") return parsed;
  if (!/^(?:"|true$|false$|null$|-?\d{1,15}(?:\.\d{1,15})?$)/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function spreadMessages(attributes: Attributes, prefix: string, toolsPrefix?: string): readonly Candidate[] {
  const spread = unflattenList(attributes, prefix);
  if (spread === undefined) return [];
  const messages = spread.list.map(messageOf);
  const tools = toolsPrefix === undefined ? undefined : unflattenList(attributes, toolsPrefix);
  if (tools === undefined) return [{ value: { messages }, names: spread.names }];
  const definitions = tools.list.map((tool) => {
    const record = asRecord(asRecord(tool)?.tool);
    return parsedIfJson(record?.json_schema) ?? record ?? tool;
  });
  return [{ value: { messages, tools: definitions }, names: [...spread.names, ...tools.names] }];
}

/** `{message: {role, contents, tool_calls}}` as a provider's message: so it is stored like the native wire's. */
function messageOf(item: unknown): unknown {
  const record = asRecord(item);
  const wrapped = asRecord(record?.message);
  if (record === undefined || wrapped === undefined) return item;
  const message = new Fields(wrapped);
  const role = message.text("role") ?? "assistant";
  const content = message.take("content");
  const contents = message.list("contents")?.map(contentOf);
  const calls = message
    .list("tool_calls")
    ?.map(callOf)
    .filter((call) => !isEmpty(call));
  const called = asRecord(message.peek("function_call_name")) ?? message.text("function_call_name");
  const legacy =
    called === undefined ? undefined : { name: called, arguments: message.take("function_call_arguments_json") };
  return {
    role,
    ...(contents === undefined || contents.length === 0 ? { content: content ?? null } : { content: contents }),
    ...(contents !== undefined && contents.length > 0 && !isEmpty(content) ? { text: content } : {}),
    ...(isEmpty(calls) ? {} : { tool_calls: calls }),
    ...(legacy === undefined ? {} : { function_call: legacy }),
    ...message.rest(),
  };
}

function contentOf(item: unknown): unknown {
  const record = asRecord(asRecord(item)?.message_content);
  if (record === undefined) return item;
  const content = new Fields(record);
  const type = content.text("type") ?? "text";
  const image = isEmpty(content.peek("image")) ? undefined : content.object("image");
  const url = own(asRecord(own(image, "image")), "url");
  return {
    type: image === undefined ? type : "image_url",
    ...(image === undefined ? {} : { image_url: url === undefined ? image : { url } }),
    ...content.rest(),
  };
}

function callOf(item: unknown): unknown {
  const record = asRecord(asRecord(item)?.tool_call);
  if (record === undefined) return item;
  const { function: called, ...others } = record;
  const target = asRecord(called);
  // One mapper writes empty calls into messages that have none.
  if ([...Object.values(others), ...Object.values(target ?? {})].every(isEmpty)) return {};
  return { ...others, type: "function", ...(target === undefined ? {} : { function: calledOf(target) }) };
}

/** One mapper writes arguments that are JSON text as JSON text once more. */
function calledOf(target: JsonRecord): JsonRecord {
  const given = target.arguments;
  if (typeof given !== "string" || !given.startsWith('"')) return target;
  const text = parsedScalar(given, "application/json");
  return typeof text === "string" && /^\s*[[{]/.test(text) ? { ...target, arguments: text } : target;
}

function embeddedTexts(attributes: Attributes): readonly Candidate[] {
  return embeddingField(attributes, "text", (texts) => ({ input: texts }));
}

function vectors(attributes: Attributes): readonly Candidate[] {
  return embeddingField(attributes, "vector", (all) => ({ embeddings: all }));
}

function embeddingField(
  attributes: Attributes,
  field: string,
  wrap: (values: readonly unknown[]) => JsonRecord,
): readonly Candidate[] {
  const spread = unflattenList(attributes, "embedding.embeddings.");
  if (spread === undefined) return [];
  const values = spread.list.map((item) => own(asRecord(asRecord(item)?.embedding), field));
  if (values.some((value) => value === undefined)) return [];
  const names = spread.names.filter((name) => name.endsWith(`.embedding.${field}`));
  return [{ value: wrap(values.map(parsedIfJson)), names }];
}

function documents(attributes: Attributes, prefix: string): readonly Candidate[] {
  const spread = unflattenList(attributes, prefix);
  if (spread === undefined) return [];
  const found = spread.list.map((item) => {
    const record = asRecord(asRecord(item)?.document);
    return record === undefined
      ? item
      : { ...record, ...("metadata" in record ? { metadata: parsedIfJson(record.metadata) } : {}) };
  });
  return [{ value: { documents: found }, names: spread.names }];
}

function rerankerInput(attributes: Attributes): readonly Candidate[] {
  const spread = documents(attributes, "reranker.input_documents.")[0];
  if (spread === undefined) return [];
  const query = own(attributes, "reranker.query");
  const value = { ...defined({ query }), ...(spread.value as JsonRecord) };
  return [{ value, names: [...spread.names, ...(query === undefined ? [] : ["reranker.query"])] }];
}

/** A tool's span repeats its arguments as `tool.parameters`; on a span of no tool they are a schema. */
function toolArguments(attributes: Attributes): readonly Candidate[] {
  if (String(own(attributes, "openinference.span.kind")).toUpperCase() !== "TOOL") return [];
  const value = parsedIfJson(own(attributes, "tool.parameters"));
  return isEmpty(value) ? [] : [{ value, names: ["tool.parameters"] }];
}

function usage(attributes: Fields): Usage | undefined {
  const count = (name: string) => countOf(attributes.take(`llm.token_count.${name}`));
  const found = defined({
    inputTokens: count("prompt"),
    outputTokens: count("completion"),
    cacheReadTokens: count("prompt_details.cache_read") ?? count("prompt_details.cache_input"),
    cacheWriteTokens: count("prompt_details.cache_write"),
    inputAudioTokens: count("prompt_details.audio"),
    reasoningTokens: count("completion_details.reasoning"),
    outputAudioTokens: count("completion_details.audio"),
    costUsd: amountOf(attributes.take("llm.cost.total")),
  });
  if (Object.keys(found).length > 0) attributes.drop("llm.token_count.total");
  return Object.keys(found).length === 0 ? undefined : found;
}
