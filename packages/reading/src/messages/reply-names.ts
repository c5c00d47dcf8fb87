import type { JsonRecord } from "../json/json-record.ts";

/**
 * Every name that the readers of all dialects ask an object for before they take it for a reply. An object with none of
 * them is none, and need not be shown to each: most outputs of an application's own are such. A test holds that the list
 * is whole.
 */
export const REPLY_NAMES: ReadonlySet<string> = new Set([
  ...["answer", "body", "candidates", "choices", "completion", "content", "data", "done", "embedding"],
  ...["embeddings", "error", "eval_count", "files", "finishReason", "function_call", "generation", "generations"],
  ...["gen_ai.output.messages", "id", "kwargs", "message", "messages", "object", "output", "outputs"],
  ...["outputText", "parts", "raw", "reasoning", "reply", "response", "result", "results", "role"],
  ...["sources", "steps", "text", "toolCalls", "tool_calls", "type"],
]);

export function mayBeReply(record: JsonRecord): boolean {
  for (const name in record) if (REPLY_NAMES.has(name)) return true;
  return false;
}
