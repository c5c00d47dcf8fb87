import type { ModelOutput } from "../form/payloads.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord, own } from "../json/json-record.ts";
import type { BesideField, Dialect, Nested } from "../messages/dialect.ts";
import { readUsage } from "../usage/read-usage.ts";
import { takeUsage } from "../usage/take-usage.ts";
import { citationOf } from "./shared-parts.ts";

/** Cohere: a plan before the tool calls, citations beside the content; its first version answers with a text. */

const toolPlan: BesideField = {
  place: "before",
  read: (value) => (typeof value === "string" ? (value === "" ? [] : [{ kind: "reasoning", text: value }]) : undefined),
};

const citations: BesideField = {
  place: "after",
  read: (value, nested) =>
    Array.isArray(value) ? value.flatMap((citation) => citationOf(citation, nested)) : undefined,
};

export const cohere: Dialect = {
  name: "cohere",
  beside: { tool_plan: toolPlan, toolPlan, citations },
  messages: [oldMessage],
  outputs: [reply, oldReply],
};

/** `{role: "USER", message: "…"}` of the first version's history. */
function oldMessage(fields: Fields, nested: Nested) {
  if (typeof fields.peek("role") !== "string" || typeof fields.peek("message") !== "string") return undefined;
  if (fields.has("content") || fields.has("parts")) return undefined;
  const { message, ...others } = fields.record;
  return nested.messages([{ ...others, content: message }]);
}

function reply(fields: Fields, nested: Nested): ModelOutput | undefined {
  const message = asRecord(fields.peek("message"));
  const isCohere =
    message !== undefined && (fields.has("finish_reason") || fields.has("finishReason")) && !fields.has("done");
  if (!isCohere) return undefined;
  fields.take("message");
  const responseId = fields.text("id");
  const finishReason = fields.text("finish_reason", "finishReason");
  const usage = takeUsage(fields, ["usage"]);
  const messages = nested.messages([{ role: "assistant", ...message }]);
  return { messages, ...defined({ responseId, finishReason, usage, rest: fields.rest() }) };
}

function oldReply(fields: Fields, nested: Nested): ModelOutput | undefined {
  if (typeof fields.peek("text") !== "string" || !(fields.has("generation_id") || fields.has("generationId"))) {
    return undefined;
  }
  const text = fields.text("text");
  const responseId = fields.text("response_id", "generation_id", "generationId");
  const finishReason = fields.text("finish_reason", "finishReason");
  const meta = asRecord(fields.peek("meta"));
  const usage = readUsage(own(meta, "tokens") ?? own(meta, "billed_units") ?? own(meta, "billedUnits"));
  const spoken = {
    content: text,
    tool_calls: fields.take("tool_calls", "toolCalls"),
    citations: fields.take("citations"),
  };
  const messages = nested.messages([{ role: "assistant", ...defined(spoken) }]);
  return { messages, ...defined({ responseId, finishReason, usage, rest: fields.rest() }) };
}
