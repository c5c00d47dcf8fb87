import { isOmittedPayload } from "@everspan/protocol";
import { READERS } from "../dialects/index.ts";
import type { ToolResultPart } from "../form/message.ts";
import type { ToolCall } from "../form/span-reading.ts";
import { asRecord, type JsonRecord, own, textAt } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { unwrapped } from "../messages/payloads.ts";
import type { Facts } from "./read-facts.ts";
import type { ReadableSpan } from "./readable-span.ts";

/** A tool's span as one call. */
export function readTool(span: ReadableSpan, { values }: Facts): ToolCall {
  const input = parsedIfJson(unwrapped(known(span.input)));
  const output = parsedIfJson(unwrapped(known(span.output)));
  const given = asRecord(input);
  const answer = resultMessage(output);
  const wrapped = given === undefined ? undefined : (own(given, "arguments") ?? own(given, "args"));
  return {
    name: values.toolName ?? toolNameIn(given) ?? span.name,
    callId: values.toolCallId ?? textAt(given, "tool_call_id", "toolCallId") ?? answer?.callId ?? null,
    arguments: wrapped === undefined || Object.keys(given!).length > 1 ? (input ?? null) : parsedIfJson(wrapped),
    result: answer === undefined ? (output ?? null) : saidBy(answer),
    isError: isErrorResult(output) || answer?.isError === true || span.status === "ERROR",
  };
}

/** The tool that a call names beside its arguments. */
export function toolNameIn(call: JsonRecord | undefined): string | undefined {
  return textAt(call, "tool_name", "toolName");
}

/** A framework's message that answers a call (LangChain's tools give one), alone or as `output`. */
function resultMessage(output: unknown): ToolResultPart | undefined {
  const record = asRecord(output);
  const only = record !== undefined && Object.keys(record).length === 1 ? record.output : undefined;
  const message = asRecord(only) ?? record;
  if (message === undefined || !(Object.hasOwn(message, "kwargs") || Object.hasOwn(message, "tool_call_id")))
    return undefined;
  const [answer, ...others] = READERS.nested.messages([message]).flatMap(({ parts }) => parts);
  return answer?.kind === "toolResult" && others.length === 0 ? answer : undefined;
}

function saidBy({ content }: ToolResultPart): unknown {
  const [part, ...others] = content;
  if (part === undefined) return null;
  if (others.length > 0) return content;
  if (part.kind === "text") return part.text;
  return part.kind === "json" ? part.value : part;
}

function known(payload: unknown): unknown {
  return isOmittedPayload(payload) ? undefined : payload;
}

/** A failing tool of the Model Context Protocol answers normally, and says so in its result. */
function isErrorResult(output: unknown): boolean {
  const record = asRecord(output);
  return record !== undefined && (own(record, "isError") === true || own(record, "is_error") === true);
}
