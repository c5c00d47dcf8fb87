import type { Message, Part } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, Fields, restOf } from "../json/fields.ts";
import { isDeepEqual } from "../json/is-deep-equal.ts";
import { asRecord, isEmpty, textAt } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { mergeRests } from "../json/merge-rests.ts";
import type { Dialect, Nested, PartReader } from "../messages/dialect.ts";
import { asType } from "../messages/outside.ts";
import { resultContent, toolCall, toolResult } from "../messages/tool-parts.ts";
import { takeUsage } from "../usage/take-usage.ts";

/** Vercel's AI SDK 4 to 7: model messages, the messages of its user interface, results of `generateText`. */

const call: PartReader = (part) => {
  part.drop("type");
  const callId = part.text("toolCallId");
  const name = part.text("toolName");
  return toolCall(part, { callId, name, arguments: part.take("input", "args") });
};

const result: PartReader = (part, nested) => {
  part.drop("type");
  const callId = part.text("toolCallId");
  const name = part.text("toolName");
  const { content, isError } = outcome(part.take("output", "result", "content"));
  const failed = isError || part.flag("isError");
  return toolResult(part, { callId, name, content, isError: failed }, nested);
};

/** Since version 5 an output says what it is: `{type: "text" | "json" | "error-text" | "error-json" | "content", value}`. */
function outcome(output: unknown): { content: unknown; isError: boolean } {
  const record = asRecord(output);
  const type = textAt(record, "type");
  if (record === undefined || type === undefined || !("value" in record)) return { content: output, isError: false };
  const isPlain = Object.keys(record).length === 2;
  return { content: isPlain ? record.value : output, isError: /^(?:error|execution-denied)/.test(type) };
}

/** A failed call of a tool, as part of a result's content. */
const toolError: PartReader = (part, nested) => {
  part.drop("type");
  const callId = part.text("toolCallId");
  const name = part.text("toolName");
  return toolResult(part, { callId, name, content: part.take("error"), isError: true }, nested);
};

/** `tool-NAME` of a user interface's message: the call, and its outcome when there is one. */
const uiTool: PartReader = (part, nested) => {
  const type = part.text("type") ?? "";
  const callId = part.text("toolCallId") ?? null;
  const name = type === "dynamic-tool" ? (part.text("toolName") ?? "") : type.slice("tool-".length);
  const given = part.take("input", "rawInput");
  const output = part.take("output");
  const errorText = part.text("errorText");
  const read = toolCall(part, { callId, name, arguments: given });
  if (output === undefined && errorText === undefined) return read;
  const content = resultContent(output ?? errorText, nested);
  return [read, { kind: "toolResult", callId, name, content, isError: errorText !== undefined }];
};

/** Version 4: `{type: "tool-invocation", toolInvocation: {state, toolCallId, toolName, args, result}}`. */
const invocation: PartReader = (part, nested) => {
  const inner = part.object("toolInvocation");
  if (inner === undefined) return undefined;
  return invocationParts(new Fields(inner), nested);
};

function invocationParts(fields: Fields, nested: Nested): readonly Part[] {
  const callId = fields.text("toolCallId") ?? null;
  const name = fields.text("toolName") ?? "";
  const given = fields.take("args", "input");
  const outcomeGiven = fields.take("result", "output");
  const read = toolCall(fields, { callId, name, arguments: given });
  if (outcomeGiven === undefined) return [read];
  return [read, { kind: "toolResult", callId, name, content: resultContent(outcomeGiven, nested), isError: false }];
}

const source: PartReader = (part) => {
  part.drop("type");
  const inner = part.object("source");
  const fields = inner === undefined ? part : new Fields(inner);
  fields.drop("sourceType", "url");
  const url = fields.text("url") ?? null;
  const title = fields.text("title", "filename") ?? null;
  return { kind: "citation", url, title, text: null, ...restOf(fields) };
};

/** Boundaries and progress of a stream: there is nothing in them. */
const boundary: PartReader = (part) => {
  part.drop("type");
  return part.rest() === undefined ? [] : undefined;
};

export const aiSdk: Dialect = {
  name: "ai-sdk",
  parts: {
    "tool-call": call,
    "tool-result": result,
    "tool-error": toolError,
    "tool-invocation": invocation,
    "dynamic-tool": uiTool,
    source,
    "source-url": source,
    "source-document": source,
    "step-start": boundary,
    "redacted-reasoning": (part) => {
      part.drop("type");
      return { kind: "reasoning", text: "", ...restOf(part) };
    },
  },
  partPatterns: [[/^tool-.+$/, uiTool]],
  partsByKey: {
    toolCallId: (part, nested) => (part.has("toolName") && !part.has("type") ? untypedCall(part, nested) : undefined),
  },
  beside: {
    toolInvocations: {
      place: "after",
      read: (value, nested) =>
        Array.isArray(value)
          ? value.flatMap((item) => {
              const record = asRecord(item);
              return record === undefined ? nested.content(item) : invocationParts(new Fields(record), nested);
            })
          : undefined,
    },
  },
  outputs: [generated],
};

/** Calls in a list of calls need no type; with a result they are both. */
function untypedCall(part: Fields, nested: Nested): readonly Part[] {
  if (!part.has("result") && !part.has("output")) return [call(part, nested) as Part];
  return invocationParts(part, nested);
}

const RESULT_KEYS = ["toolCalls", "reasoning", "object", "files", "sources", "steps", "finishReason", "content"];

/** What `generateText` or `generateObject` gave, or the same fields out of attributes. */
function generated(reply: Fields, nested: Nested): ModelOutput | undefined {
  if (reply.has("role") || reply.has("choices") || reply.has("candidates") || reply.has("message")) return undefined;
  const isResult =
    RESULT_KEYS.some((key) => reply.has(key)) &&
    (reply.has("text") || reply.has("toolCalls") || reply.has("object") || isContent(reply));
  if (!isResult) return undefined;
  const parts = isContent(reply) ? contentParts(reply, nested) : spokenParts(reply, nested);
  const finishReason = textAt(asRecord(reply.peek("finishReason")), "unified") ?? reply.text("finishReason");
  const usage = takeUsage(reply, ["usage"]);
  const response = asRecord(reply.peek("response"));
  const model = textAt(response, "modelId", "model");
  const responseId = textAt(response, "id");
  const message: Message = { role: "assistant", roleLabel: "assistant", parts, ...defined({ finishReason }) };
  return { messages: [message], ...defined({ finishReason, usage, model, responseId, rest: reply.rest() }) };
}

function isContent(reply: Fields): boolean {
  const content = reply.peek("content");
  return (
    Array.isArray(content) && content.length > 0 && content.every((part) => typeof asRecord(part)?.type === "string")
  );
}

/** Where the content is there, text and calls only repeat it. */
function contentParts(reply: Fields, nested: Nested): readonly Part[] {
  const parts = nested.content(reply.list("content"));
  const text = parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("");
  reply.drop("text", text);
  const calls = parts.filter((part) => part.kind === "toolCall");
  const repeated = reply.peek("toolCalls");
  if (
    Array.isArray(repeated) &&
    isDeepEqual(
      repeated.flatMap((item) => callParts(item, nested)),
      calls,
    )
  )
    reply.drop("toolCalls");
  return parts;
}

function spokenParts(reply: Fields, nested: Nested): readonly Part[] {
  const thought = reply.take("reasoning", "reasoningText");
  const reasoning: readonly Part[] =
    typeof thought === "string"
      ? thought === ""
        ? []
        : [{ kind: "reasoning", text: thought }]
      : nested.content(thought);
  const text = reply.text("text") ?? "";
  const object = parsedIfJson(reply.take("object"));
  const calls = (reply.list("toolCalls") ?? []).flatMap((item) => callParts(item, nested));
  const sources = (reply.list("sources") ?? []).flatMap((item) =>
    nested.content(asRecord(item) === undefined ? item : { type: "source", ...asRecord(item) }),
  );
  const files = (reply.list("files") ?? []).flatMap((item) =>
    nested.content(asRecord(item) === undefined ? item : { type: "file", ...asRecord(item) }),
  );
  return [
    ...reasoning,
    ...(text === "" ? [] : [{ kind: "text", text } as const]),
    ...(isEmpty(object) ? [] : [{ kind: "json", value: object } as const]),
    ...calls,
    ...sources,
    ...files,
  ];
}

function callParts(item: unknown, nested: Nested): readonly Part[] {
  const record = asRecord(item);
  if (record === undefined) return nested.content(item);
  const payload = asRecord(record.payload);
  // Mastra wraps a call in `{type: "tool-call", payload}`.
  if (payload !== undefined) {
    const { payload: _taken, type, ...others } = record;
    const whole = { ...mergeRests(payload, others), type };
    return nested.content(asType(whole, "tool-call", "tool_call", "function"));
  }
  return nested.content(
    asType(record, record.toolName === undefined ? "tool_call" : "tool-call", "function", "tool_call"),
  );
}
