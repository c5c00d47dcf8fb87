import { isOmittedPayload } from "@everspan/protocol";
import type { ToolCall } from "../form/span-reading.ts";
import { asRecord, own, textAt } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { unwrapped } from "../messages/payloads.ts";
import type { Facts } from "./read-facts.ts";
import type { ReadableSpan } from "./readable-span.ts";

/** A tool's span as one call. */
export function readTool(span: ReadableSpan, { values }: Facts): ToolCall {
  const input = parsedIfJson(unwrapped(known(span.input)));
  const output = parsedIfJson(unwrapped(known(span.output)));
  const given = asRecord(input);
  const wrapped = given === undefined ? undefined : (own(given, "arguments") ?? own(given, "args"));
  return {
    name: values.toolName ?? textAt(given, "tool_name", "toolName") ?? span.name,
    callId: values.toolCallId ?? textAt(given, "tool_call_id", "toolCallId") ?? null,
    arguments: wrapped === undefined || Object.keys(given!).length > 1 ? (input ?? null) : parsedIfJson(wrapped),
    result: output ?? null,
    isError: isErrorResult(output) || span.status === "ERROR",
  };
}

function known(payload: unknown): unknown {
  return isOmittedPayload(payload) ? undefined : payload;
}

/** A failing tool of the Model Context Protocol answers normally, and says so in its result. */
function isErrorResult(output: unknown): boolean {
  const record = asRecord(output);
  return record !== undefined && (own(record, "isError") === true || own(record, "is_error") === true);
}
