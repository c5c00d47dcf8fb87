import type { Message, Part } from "../form/message.ts";
import type { Fields } from "../json/fields.ts";
import type { Dialect, Nested, PartReader } from "../messages/dialect.ts";
import { asItem } from "../messages/join-items.ts";
import { mediaPart } from "../messages/media.ts";
import { resultContent, toolCall, toolResult } from "../messages/tool-parts.ts";

/** OpenAI's Agents SDK: the items of a run, in camel case, beside those of the responses. */

const hostedCall: PartReader = (item, nested) => {
  const callId = item.text("callId", "call_id", "id") ?? null;
  item.drop("type");
  const name = item.text("name") ?? "";
  const given = item.take("arguments");
  const output = item.take("output");
  const call = toolCall(item, { callId, name, arguments: given });
  if (output === undefined) return call;
  return [call, { kind: "toolResult", callId, name, content: resultContent(output, nested), isError: false }];
};

const functionCall: PartReader = (item) => {
  if (!item.has("callId")) return undefined;
  item.drop("type");
  const callId = item.text("callId");
  const name = item.text("name");
  return toolCall(item, { callId, name, arguments: item.take("arguments") });
};

const functionResult: PartReader = (item, nested) => {
  item.drop("type");
  const callId = item.text("callId", "call_id");
  const name = item.text("name");
  return toolResult(item, { callId, name, content: item.take("output") }, nested);
};

const image: PartReader = (part) => {
  part.drop("type");
  const url = part.text("image", "imageUrl");
  return url === undefined ? undefined : mediaPart("image", { url, rest: part.rest() });
};

export const openAiAgents: Dialect = {
  name: "openai-agents",
  parts: {
    hosted_tool_call: hostedCall,
    function_call: functionCall,
    function_call_result: functionResult,
    computer_call_result: functionResult,
    shell_call_output: functionResult,
    input_image: image,
  },
  messages: [item],
};

function item(fields: Fields, nested: Nested): Message | undefined {
  const type = fields.peek("type");
  const isResult = type === "function_call_result" || type === "computer_call_result";
  if (!isResult && type !== "hosted_tool_call") return undefined;
  const parts: readonly Part[] = nested.content(fields.record);
  if (isResult) return asItem({ role: "tool", roleLabel: String(type), parts });
  return asItem({ role: "assistant", roleLabel: "assistant", parts });
}
