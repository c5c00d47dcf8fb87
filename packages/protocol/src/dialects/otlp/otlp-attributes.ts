import { isJsonObject } from "../../payload/json-object.ts";
import type { SpanSnapshot } from "../../span-snapshot.ts";
import { tokenUsageOf } from "../../token-usage.ts";
import { inputMessages, outputMessages } from "./gen-ai-messages.ts";
import { otlpSpanId, otlpTraceId } from "./otlp-ids.ts";
import { namesOfType } from "./otlp-semantics.ts";

/**
 * A snapshot's attributes: the GenAI semantic conventions and OpenInference side by side, since back ends read the one
 * or the other, and under `everspan.` what neither has a name for.
 */
export type Attributes = Record<string, string | number | boolean>;

/** Scalars of `data` go under this prefix, unless their name is an attribute's already (it has a dot). */
const DATA_PREFIX = "metadata.";
/** Names by which a reader recognises our spans and their payloads: `data` must not say them. */
const OWN_NAME = /^(?:everspan|input|output)\./;

/** The JSON text of a payload: for who has made it already. */
export type TextOfPayload = (payload: unknown) => string;

export function spanAttributes(snapshot: SpanSnapshot, textOf: TextOfPayload = JSON.stringify): Attributes {
  const attributes: Attributes = Object.create(null) as Attributes;
  writeData(attributes, snapshot.data, textOf);
  writeIdentity(attributes, snapshot);
  writePayload(attributes, "input", snapshot.input, textOf);
  writePayload(attributes, "output", snapshot.output, textOf);
  writeModel(attributes, snapshot);
  return attributes;
}

function writeIdentity(attributes: Attributes, snapshot: SpanSnapshot): void {
  const { traceId, id, parentId, taskId, type, service, name } = snapshot;
  const { operation, kind } = namesOfType(type);
  attributes["everspan.type"] = type;
  attributes["everspan.revision"] = snapshot.revision;
  if (otlpTraceId(traceId) !== traceId) attributes["everspan.trace_id"] = traceId;
  if (otlpSpanId(id) !== id) attributes["everspan.span_id"] = id;
  if (parentId !== undefined && otlpSpanId(parentId) !== parentId) attributes["everspan.parent_id"] = parentId;
  if (snapshot.status === "CANCELED") attributes["everspan.status"] = "CANCELED";
  if (taskId !== undefined) {
    attributes["everspan.task_id"] = taskId;
    attributes["gen_ai.conversation.id"] = taskId;
    attributes["session.id"] = taskId;
  }
  attributes["openinference.span.kind"] = kind;
  if (operation !== undefined) attributes["gen_ai.operation.name"] = operation;
  if (operation === "execute_tool") attributes["gen_ai.tool.name"] = attributes["tool.name"] = name;
  const agentName = service?.agentName ?? (operation === "invoke_agent" ? name : undefined);
  if (agentName !== undefined) attributes["gen_ai.agent.name"] = agentName;
  if (service?.agentId !== undefined) attributes["gen_ai.agent.id"] = service.agentId;
}

function writePayload(
  attributes: Attributes,
  field: "input" | "output",
  payload: unknown,
  textOf: TextOfPayload,
): void {
  if (payload === undefined) return;
  attributes[`${field}.value`] = typeof payload === "string" ? payload : textOf(payload);
  attributes[`${field}.mime_type`] = typeof payload === "string" ? "text/plain" : "application/json";
  const messages = field === "input" ? inputMessages(payload) : outputMessages(payload);
  if (messages !== undefined) attributes[`gen_ai.${field}.messages`] = JSON.stringify(messages);
}

function writeModel(attributes: Attributes, snapshot: SpanSnapshot): void {
  const { model, inputTokens, outputTokens, costUsd } = tokenUsageOf(snapshot);
  const asked = isJsonObject(snapshot.input) ? snapshot.input.model : undefined;
  if (model !== undefined) {
    attributes["gen_ai.request.model"] = typeof asked === "string" ? asked : model;
    attributes["gen_ai.response.model"] = attributes["llm.model_name"] = model;
  }
  if (inputTokens !== undefined) {
    attributes["gen_ai.usage.input_tokens"] = attributes["llm.token_count.prompt"] = inputTokens;
  }
  if (outputTokens !== undefined) {
    attributes["gen_ai.usage.output_tokens"] = attributes["llm.token_count.completion"] = outputTokens;
  }
  if (inputTokens !== undefined && outputTokens !== undefined) {
    attributes["llm.token_count.total"] = inputTokens + outputTokens;
  }
  if (costUsd !== undefined) attributes["llm.cost.total"] = costUsd;
}

/** The whole of `data` as JSON under OpenInference's name, and its scalars apart, so that back ends can filter by them. */
function writeData(attributes: Attributes, data: SpanSnapshot["data"], textOf: TextOfPayload): void {
  if (data === undefined) return;
  attributes.metadata = textOf(data);
  for (const [key, value] of Object.entries(data)) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") continue;
    attributes[key.includes(".") && !OWN_NAME.test(key) ? key : DATA_PREFIX + key] = value;
  }
}
