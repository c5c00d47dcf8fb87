import fc from "fast-check";

/**
 * Payloads as providers and frameworks write them, then changed at random places: each leaf is a text or number that
 * occurs nowhere else, so that a test can look for all of them.
 */
export interface DrawnPayload {
  readonly value: unknown;
  /** Every leaf that was drawn. */
  readonly leaves: readonly string[];
}

/** Words that readers look for: drawn as keys and as types, so that drawn values come near what is read. */
const KEYS = [
  "role",
  "content",
  "parts",
  "type",
  "text",
  "name",
  "id",
  "tool_calls",
  "toolCalls",
  "function",
  "arguments",
  "input",
  "output",
  "messages",
  "choices",
  "message",
  "delta",
  "candidates",
  "usage",
  "model",
  "system",
  "tools",
  "image",
  "source",
  "data",
  "url",
  "image_url",
  "inlineData",
  "functionCall",
  "functionResponse",
  "args",
  "response",
  "toolUse",
  "toolResult",
  "reasoningContent",
  "kwargs",
  "lc",
  "generations",
  "tool_use_id",
  "toolCallId",
  "toolName",
  "result",
  "reasoning",
  "thinking",
  "summary",
  "annotations",
  "citations",
  "refusal",
  "audio",
  "file",
  "done",
  "tool_plan",
  "toolInvocations",
  "options",
  "blocks",
  "raw",
  "body",
  "config",
  "instructions",
  "embedding",
  "embeddings",
  "object",
  "contents",
  "prompt",
  "is_error",
  "isError",
  "value",
  "finish_reason",
  "item",
  "index",
  "functions",
  "function_call",
  "toolSpec",
  "__proto__",
];

const TYPES = [
  "text",
  "image",
  "tool_use",
  "tool_result",
  "tool_call",
  "tool-call",
  "tool-result",
  "function_call",
  "function_call_output",
  "message",
  "reasoning",
  "thinking",
  "redacted_thinking",
  "document",
  "file",
  "input_text",
  "input_image",
  "output_text",
  "refusal",
  "web_search_call",
  "web_search_tool_result",
  "mcp_call",
  "computer_call",
  "source-url",
  "tool-search",
  "dynamic-tool",
  "blob",
  "uri",
  "resource",
  "constructor",
  "human",
  "ai",
  "tool",
  "assistant",
  "user",
  "result",
  "hosted_tool_call",
  "function_call_result",
  "step-start",
  "response",
  "error",
];

const ROLES = ["user", "assistant", "system", "tool", "model", "developer", "wizard"];

let counter = 0;

const leaf = fc.constantFrom("text", "number").map((kind) => {
  counter++;
  return kind === "text" ? `leaf${counter}x` : 7_000_000 + counter;
});

const value: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    leaf,
    fc.array(tie("node"), { maxLength: 3 }),
    fc
      .tuple(
        fc.option(fc.constantFrom(...TYPES), { nil: undefined }),
        fc.option(fc.constantFrom(...ROLES), { nil: undefined }),
        fc.dictionary(fc.constantFrom(...KEYS, "other", "more"), tie("node"), { maxKeys: 5 }),
      )
      .map(([type, role, fields]) => ({ ...fields, ...(type && { type }), ...(role && { role }) })),
    tie("node").map((inner) => (typeof inner === "object" ? JSON.stringify(inner) : inner)),
  ),
})).node;

export const drawnPayload: fc.Arbitrary<DrawnPayload> = value.map((drawn) => ({
  value: drawn,
  leaves: leavesOf(drawn),
}));

function leavesOf(drawn: unknown): readonly string[] {
  return JSON.stringify(drawn)?.match(/leaf\d+x|7\d{6}/g) ?? [];
}

/** The leaves that a form holds, wherever. */
export function leavesIn(form: unknown): ReadonlySet<string> {
  return new Set(JSON.stringify(form)?.match(/leaf\d+x|7\d{6}/g) ?? []);
}
