import type { ModelOutput } from "../form/payloads.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord, isEmpty } from "../json/json-record.ts";
import type { Dialect, Nested } from "../messages/dialect.ts";

/** LlamaIndex: calls in a message's `options`, Python's `blocks`, the provider's own reply as `raw`. */

export const llamaindex: Dialect = {
  name: "llamaindex",
  beside: {
    options: {
      place: "after",
      read: (value, nested) => {
        const options = asRecord(value);
        const calls = options?.toolCall;
        const result = asRecord(options?.toolResult);
        if (Array.isArray(calls) && Object.keys(options!).length === 1) {
          return calls.flatMap((call) =>
            nested.content(asRecord(call) === undefined ? call : { ...asRecord(call), type: "tool_call" }),
          );
        }
        if (result !== undefined && Object.keys(options!).length === 1)
          return nested.content({ ...result, type: "tool_result" });
        return undefined;
      },
    },
    blocks: {
      place: "after",
      read: (value, nested) =>
        Array.isArray(value)
          ? nested.content(
              value.map((block) => {
                const { block_type: type, ...others } = asRecord(block) ?? {};
                return typeof type === "string" ? { type, ...others } : block;
              }),
            )
          : undefined,
    },
  },
  outputs: [response],
};

/** `{message, raw}`: the message in LlamaIndex's words; counts, model and id in the provider's. */
function response(reply: Fields, nested: Nested): ModelOutput | undefined {
  const message = reply.peek("message");
  const raw = asRecord(reply.peek("raw"));
  if (asRecord(message) === undefined || raw === undefined) return undefined;
  const inner = nested.output(raw);
  if (inner === undefined) return undefined;
  reply.take("message");
  const messages = nested.messages([message]);
  const { usage, model, responseId, finishReason } = inner;
  const rest = reply.rest();
  return { messages, ...defined({ usage, model, responseId, finishReason, rest: isEmpty(rest) ? undefined : rest }) };
}
