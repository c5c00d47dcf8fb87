import type { Message } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord, textAt } from "../json/json-record.ts";
import type { Dialect, Nested } from "../messages/dialect.ts";
import { withOutside } from "../messages/outside.ts";
import { amountOf } from "../usage/count.ts";
import { takeUsage } from "../usage/take-usage.ts";

/** The Claude Agent SDK (and Claude Code's session files): envelopes around Anthropic's messages, and a result. */

export const claudeAgentSdk: Dialect = {
  name: "claude-agent-sdk",
  messages: [envelope, resultMessage],
  outputs: [result],
};

/** `{type: "assistant" | "user", message: {role, content}}`. */
function envelope(fields: Fields, nested: Nested): readonly Message[] | undefined {
  const type = fields.peek("type");
  const message = asRecord(fields.peek("message"));
  if ((type !== "assistant" && type !== "user") || message === undefined) return undefined;
  fields.take("message");
  fields.drop("type");
  const rest = fields.rest();
  return nested.messages([{ role: type, ...message }]).map((read) => withOutside(read, { rest }));
}

/** The result in a list of envelopes repeats the last words of the assistant. */
function resultMessage(fields: Fields): Message | undefined {
  if (fields.peek("type") !== "result" || !fields.has("subtype")) return undefined;
  fields.drop("type");
  const text = fields.text("result") ?? "";
  return {
    role: "assistant",
    roleLabel: "result",
    parts: text === "" ? [] : [{ kind: "text", text }],
    ...defined({ rest: fields.rest() }),
  };
}

/** `{type: "result", subtype, result, usage, total_cost_usd, is_error}`. */
function result(reply: Fields, nested: Nested): ModelOutput | undefined {
  if (reply.peek("type") !== "result" || !reply.has("subtype")) return undefined;
  reply.drop("type");
  const text = reply.text("result") ?? "";
  const subtype = textAt(reply.record, "subtype") ?? "";
  const failed = reply.flag("is_error");
  const stated = takeUsage(reply, ["usage"]);
  const costUsd = amountOf(reply.take("total_cost_usd"));
  const usage = stated === undefined && costUsd === undefined ? undefined : { ...stated, ...defined({ costUsd }) };
  const messages = text === "" ? [] : nested.messages([{ role: "assistant", content: text }]);
  const error = failed ? { type: subtype, message: text } : undefined;
  return { messages, finishReason: subtype, ...defined({ usage, error, rest: reply.rest() }) };
}
