import type { Message } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, own, textAt } from "../json/json-record.ts";
import { mergeRests } from "../json/merge-rests.ts";
import type { Dialect, Nested } from "../messages/dialect.ts";
import { withOutside } from "../messages/outside.ts";
import { readUsage } from "../usage/read-usage.ts";

/** LangChain and LangGraph: messages as constructors, as dicts, stored, and as results of a model. */

const ROLE_OF_TYPE: Readonly<Record<string, string>> = {
  human: "user",
  HumanMessage: "user",
  HumanMessageChunk: "user",
  ai: "assistant",
  AIMessage: "assistant",
  AIMessageChunk: "assistant",
  system: "system",
  SystemMessage: "system",
  developer: "developer",
  tool: "tool",
  ToolMessage: "tool",
  function: "function",
  FunctionMessage: "function",
  chat: "chat",
  ChatMessage: "chat",
  remove: "remove",
};

export const langchain: Dialect = {
  name: "langchain",
  messages: [constructed, stored, dict],
  outputs: [result],
};

/** `{lc: 1, type: "constructor", id: [..., "HumanMessage"], kwargs}`. */
function constructed(fields: Fields, nested: Nested): readonly Message[] | undefined {
  const id = fields.peek("id");
  const kwargs = asRecord(fields.peek("kwargs"));
  if (kwargs === undefined || !Array.isArray(id)) return undefined;
  const role = ROLE_OF_TYPE[String(id.at(-1))];
  return role === undefined ? undefined : spoken(role, kwargs, nested);
}

/** `{type: "human", data: {content, …}}`. */
function stored(fields: Fields, nested: Nested): readonly Message[] | undefined {
  const data = asRecord(fields.peek("data"));
  const role = roleOf(fields.peek("type"));
  if (data === undefined || role === undefined || fields.has("content")) return undefined;
  const { type: _type, data: _data, ...others } = fields.record;
  return spoken(role, mergeRests(data, others) ?? data, nested);
}

/** `{type: "ai", content, tool_calls, …}`. */
function dict(fields: Fields, nested: Nested): readonly Message[] | undefined {
  const role = roleOf(fields.peek("type"));
  if (role === undefined || typeof fields.peek("role") === "string" || !fields.has("content")) return undefined;
  const { type: _type, ...message } = fields.record;
  return spoken(role, message, nested);
}

function roleOf(type: unknown): string | undefined {
  return typeof type === "string" && Object.hasOwn(ROLE_OF_TYPE, type) ? ROLE_OF_TYPE[type] : undefined;
}

/** Content, calls and reasoning under the names that all providers share; what only repeats them is left out. */
function spoken(role: string, message: JsonRecord, nested: Nested): readonly Message[] {
  const { additional_kwargs: extra, response_metadata: metadata, tool_calls: calls, content, ...others } = message;
  const { tool_calls: rawCalls, ...kwargs } = asRecord(extra) ?? (isEmpty(extra) ? {} : { additional_kwargs: extra });
  const label = role === "chat" ? (textAt(message, "role") ?? "chat") : role;
  const finishReason = textAt(asRecord(metadata), "finish_reason", "stop_reason", "finishReason");
  const said: JsonRecord = {
    ...mergeRests(others, kwargs),
    role: label,
    content: withoutRepeats(content, calls),
    ...(isEmpty(calls) ? {} : { tool_calls: calls }),
    ...rawCallsOf(rawCalls, calls),
    ...(others.role === undefined || others.role === label ? {} : { given_role: others.role }),
    ...(isEmpty(metadata) ? {} : { response_metadata: metadata }),
  };
  return nested.messages([said]).map((read) => withOutside(read, { finishReason }));
}

/** The provider's spelling of the calls, where LangChain's does not stand beside it. */
function rawCallsOf(rawCalls: unknown, calls: unknown): JsonRecord {
  if (isEmpty(rawCalls)) return {};
  if (isEmpty(calls)) return { tool_calls: rawCalls };
  const isCall = callsAmong(calls);
  const repeats = Array.isArray(rawCalls) && rawCalls.every(isCall);
  return repeats ? {} : { additional_tool_calls: rawCalls };
}

/** Anthropic's content names the same calls that stand beside it. */
function withoutRepeats(content: unknown, calls: unknown): unknown {
  if (!Array.isArray(content) || isEmpty(calls)) return content;
  const types = ["tool_use", "tool_call", "function_call"];
  const isCall = callsAmong(calls);
  return content.filter((part) => !types.includes(textAt(asRecord(part), "type") ?? "") || !isCall(part));
}

/** Whether something is one of these calls: both are one call when they have one id and one name. */
function callsAmong(calls: unknown): (part: unknown) => boolean {
  const namesOf = new Map<string, Set<string>>();
  for (const call of Array.isArray(calls) ? calls.map(asRecord) : []) {
    const [id, name] = [textAt(call, "id"), textAt(call, "name")];
    if (id === undefined || name === undefined) continue;
    const names = namesOf.get(id) ?? new Set();
    namesOf.set(id, names.add(name));
  }
  return (part) => {
    const record = asRecord(part);
    const id = textAt(record, "id", "call_id");
    const name = textAt(asRecord(record?.function) ?? record, "name");
    return id !== undefined && name !== undefined && namesOf.get(id)?.has(name) === true;
  };
}

/** `{generations: [[{text, message, generationInfo}]], llmOutput}`. */
function result(reply: Fields, nested: Nested): ModelOutput | undefined {
  const generations = reply.list("generations");
  if (generations === undefined) return undefined;
  const flat = generations.flat(1);
  const messages = flat.flatMap((generation) => generationMessages(generation, nested));
  const llmOutput = asRecord(reply.peek("llmOutput")) ?? asRecord(reply.peek("llm_output"));
  const first = asRecord(flat[0]);
  const message = asRecord(first?.message);
  const kwargs = asRecord(message?.kwargs) ?? asRecord(message?.data) ?? message;
  const usage =
    readUsage(own(kwargs, "usage_metadata")) ??
    readUsage(own(llmOutput, "tokenUsage") ?? own(llmOutput, "token_usage") ?? own(llmOutput, "usage"));
  const metadata = asRecord(own(kwargs, "response_metadata"));
  const model = textAt(metadata, "model_name", "model") ?? textAt(llmOutput, "model_name", "model");
  const responseId = responseIdOf(textAt(kwargs, "id"), textAt(metadata, "id"), textAt(llmOutput, "id"));
  const finishReason = messages.find((said) => said.finishReason !== undefined)?.finishReason;
  return { messages, ...defined({ usage, model, responseId, finishReason, rest: reply.rest() }) };
}

/** A run's own id is none of the provider's. */
function responseIdOf(...ids: readonly (string | undefined)[]): string | undefined {
  return ids.find((id) => id !== undefined && /^(?:chatcmpl|resp|msg)[-_]/.test(id));
}

function generationMessages(generation: unknown, nested: Nested): readonly Message[] {
  const record = asRecord(generation);
  if (record === undefined) return nested.messages([generation]);
  const fields = new Fields(record);
  const message = fields.object("message");
  const info = asRecord(fields.peek("generationInfo") ?? fields.peek("generation_info"));
  const finishReason = textAt(info, "finish_reason", "finishReason");
  const text = fields.text("text");
  const said =
    message === undefined
      ? nested.messages([{ role: "assistant", content: text ?? null }])
      : nested.messages([message]);
  const rest = fields.rest();
  return said.map((read) => withOutside(read, { finishReason: read.finishReason ?? finishReason, rest }));
}
