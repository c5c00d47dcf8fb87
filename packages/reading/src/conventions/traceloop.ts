import type { SpanType } from "@everspan/protocol";
import type { Usage } from "../form/usage.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, own } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { unflattenList } from "../json/unflatten.ts";
import { countOf } from "../usage/count.ts";
import type { Candidate, Convention } from "./convention.ts";
import { whole } from "./gen-ai.ts";

/** Traceloop (OpenLLMetry): entities of a workflow, and its older way to spread messages over numbered attributes. */

const TYPES: ReadonlyMap<unknown, SpanType> = new Map<unknown, SpanType>([
  ["workflow", "AGENT_WORKFLOW"],
  ["agent", "AGENT_WORKFLOW"],
  ["tool", "CODE_EXECUTION"],
]);

const REQUEST_TYPES: ReadonlyMap<unknown, SpanType> = new Map<unknown, SpanType>([
  ["chat", "COMPLETION"],
  ["completion", "COMPLETION"],
  ["embedding", "COMPLETION"],
  ["rerank", "RERANKING"],
]);

const PROPERTIES = "traceloop.association.properties.";

export const traceloop: Convention = {
  name: "traceloop",
  facts: {
    session: ["session_id", "thread_id", "conversation_id", "sessionId", "threadId"].map((name) => PROPERTIES + name),
    user: ["user_id", "userId"].map((name) => PROPERTIES + name),
    toolName: ["traceloop.entity.name"],
    agentName: ["traceloop.workflow.name"],
  },
  metadataPrefixes: [PROPERTIES],
  repeats: ["traceloop.span.kind", "llm.request.type"],
  spanType: (attributes) =>
    TYPES.get(own(attributes, "traceloop.span.kind")) ?? REQUEST_TYPES.get(own(attributes, "llm.request.type")),
  usageHeads: ["llm"],
  usage,
  inputs: (attributes) => [
    ...entityInput(attributes),
    ...spread(attributes, "gen_ai.prompt.", true),
    ...spread(attributes, "llm.prompts.", true),
  ],
  outputs: (attributes) => [
    ...whole(attributes, "traceloop.entity.output"),
    ...spread(attributes, "gen_ai.completion.", false),
    ...spread(attributes, "llm.completions.", false),
  ],
};

/** A decorated function's `{args, kwargs}`: its one object when there is only one. */
function entityInput(attributes: Readonly<Record<string, unknown>>): readonly Candidate[] {
  return whole(attributes, "traceloop.entity.input").map(({ value, names }) => ({ value: callInput(value), names }));
}

function callInput(value: unknown): unknown {
  const record = asRecord(value);
  if (record === undefined || Object.keys(record).some((key) => key !== "args" && key !== "kwargs")) return value;
  const args = Array.isArray(record.args) ? record.args : [];
  if (args.length === 0) return record.kwargs ?? value;
  return isEmpty(record.kwargs) && args.length === 1 ? args[0] : value;
}

function spread(attributes: Readonly<Record<string, unknown>>, prefix: string, isInput: boolean): readonly Candidate[] {
  const found = unflattenList(attributes, prefix);
  if (found === undefined) return [];
  const messages = found.list.map(messageOf);
  const functions = isInput ? unflattenList(attributes, "llm.request.functions.") : undefined;
  if (functions === undefined) return [{ value: { messages }, names: found.names }];
  const tools = functions.list.map((tool) => {
    const record = asRecord(tool);
    return record === undefined
      ? tool
      : { ...record, ...("parameters" in record ? { parameters: parsedIfJson(record.parameters) } : {}) };
  });
  return [{ value: { messages, tools }, names: [...found.names, ...functions.names] }];
}

/** Content may be a list of parts as JSON text; calls have their name and arguments beside the id. */
function messageOf(item: unknown): unknown {
  const record = asRecord(item);
  if (record === undefined) return item;
  const { tool_calls: calls, content, ...others } = record;
  return {
    role: "assistant",
    ...others,
    ...(content === undefined ? {} : { content: partsOf(content) }),
    ...(Array.isArray(calls) ? { tool_calls: calls.map(callOf) } : {}),
  };
}

function partsOf(content: unknown): unknown {
  const parsed = parsedIfJson(content);
  return Array.isArray(parsed) && parsed.every((part) => typeof asRecord(part)?.type === "string") ? parsed : content;
}

function callOf(call: unknown): unknown {
  const record = asRecord(call);
  if (record === undefined || record.function !== undefined) return call;
  const { name, arguments: given, ...others } = record;
  return { type: "function", ...others, function: defined({ name, arguments: given }) } as JsonRecord;
}

function usage(attributes: Fields): Usage | undefined {
  const found = defined({
    inputTokens: countOf(attributes.take("llm.usage.prompt_tokens")),
    outputTokens: countOf(attributes.take("llm.usage.completion_tokens")),
  });
  return Object.keys(found).length === 0 ? undefined : found;
}
