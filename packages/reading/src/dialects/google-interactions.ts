import type { ModelOutput } from "../form/payloads.ts";
import { defined, type Fields, restOf } from "../json/fields.ts";
import { asRecord, textAt } from "../json/json-record.ts";
import type { Dialect, MessageReader, Nested, PartReader } from "../messages/dialect.ts";
import { asItem } from "../messages/join-items.ts";
import { toolResult } from "../messages/tool-parts.ts";
import { takeUsage } from "../usage/take-usage.ts";

/**
 * Google's interactions: a list of steps, of which some are what was said, some thoughts, some calls (`function_call`,
 * `google_search_call`, …, read as those of OpenAI's responses) and some their results.
 */

const RESULT = /^(.+)_result$/;
const STEP = /^(?:model_output|user_input|thought|.+_call|.+_result)$/;

/** Any `…_result` that says which call it is of and what came of it. */
const resultStep: PartReader = (step, nested) => {
  if (!step.has("call_id") || !step.has("result")) return undefined;
  const type = step.text("type") ?? "";
  const callId = step.text("call_id");
  const stem = RESULT.exec(type)?.[1];
  const name = step.text("name") ?? (stem === "function" ? undefined : stem);
  const isError = step.flag("is_error");
  return toolResult(step, { callId, name, content: step.take("result"), isError }, nested);
};

const thought: PartReader = (step, nested) => {
  step.drop("type");
  const summary = nested.content(step.list("summary") ?? []);
  const words = summary.flatMap((part) => (part.kind === "text" ? [part.text] : []));
  const others = summary.filter((part) => part.kind !== "text");
  return [{ kind: "reasoning", text: words.join("\n\n"), ...restOf(step) }, ...others];
};

/** Steps have no role: their type says whose they are. */
const step: MessageReader = (fields, nested) => {
  const type = fields.peek("type");
  if (typeof type !== "string" || fields.has("role")) return undefined;
  if (type === "model_output" || type === "user_input") {
    fields.drop("type");
    const role = type === "user_input" ? "user" : "assistant";
    const parts = nested.content(fields.take("content"));
    const message = { role, roleLabel: role, parts, ...restOf(fields) } as const;
    return role === "assistant" ? asItem(message) : message;
  }
  if (type === "thought")
    return asItem({ role: "assistant", roleLabel: "assistant", parts: nested.content(fields.record) });
  if (!RESULT.test(type) || !fields.has("call_id") || !fields.has("result")) return undefined;
  return asItem({ role: "tool", roleLabel: type, parts: nested.content(fields.record) });
};

export const googleInteractions: Dialect = {
  name: "google-interactions",
  parts: { thought },
  partPatterns: [[RESULT, resultStep]],
  messages: [step],
  outputs: [interaction],
};

function interaction(reply: Fields, nested: Nested): ModelOutput | undefined {
  const steps = reply.peek("steps");
  if (!Array.isArray(steps) || (steps.length === 0 && reply.peek("object") !== "interaction")) return undefined;
  if (!steps.every((given) => STEP.test(textAt(asRecord(given), "type") ?? ""))) return undefined;
  reply.drop("object", "interaction");
  const messages = nested.messages(reply.list("steps") ?? []);
  const responseId = reply.text("id");
  const model = reply.text("model");
  const finishReason = reply.text("status");
  const usage = takeUsage(reply, ["usage"]);
  return { messages, ...defined({ responseId, model, finishReason, usage, rest: reply.rest() }) };
}
