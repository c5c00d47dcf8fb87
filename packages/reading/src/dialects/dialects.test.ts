import { expect, test } from "vitest";
import type { Part } from "../form/message.ts";
import { readModelInput, readModelOutput } from "../messages/payloads.ts";
import { INPUTS, OUTPUTS } from "../testing/payload-examples.ts";
import { readUsage } from "../usage/read-usage.ts";

const kinds = (parts: readonly Part[]) => parts.map((part) => part.kind);

test.each(INPUTS)("the input of %s", (_dialect, payload, expected) => {
  const read = readModelInput(payload);
  expect(read.kind === "read" && read.value.messages.map((message) => kinds(message.parts))).toEqual(expected);
});

test.each(OUTPUTS)("the reply of %s", (_dialect, payload, expected) => {
  const read = readModelOutput(payload);
  expect(read.kind === "read" && kinds(read.value.messages.flatMap((message) => message.parts))).toEqual(expected);
});

test.each([
  [
    "Anthropic",
    {
      type: "message",
      role: "assistant",
      content: [],
      usage: { input_tokens: 5, cache_read_input_tokens: 20, cache_creation_input_tokens: 3, output_tokens: 7 },
    },
    { inputTokens: 28, cacheReadTokens: 20, cacheWriteTokens: 3, outputTokens: 7 },
  ],
  [
    "Google",
    { candidates: [], usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 4, thoughtsTokenCount: 6 } },
    { inputTokens: 10, outputTokens: 10, reasoningTokens: 6 },
  ],
  [
    "OpenAI",
    { choices: [], usage: { prompt_tokens: 10, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 8 } } },
    { inputTokens: 10, cacheReadTokens: 8, outputTokens: 4 },
  ],
])("the totals of %s are whole", (_dialect, payload, usage) => {
  const read = readModelOutput(payload);
  expect(read.kind === "read" && read.value.usage).toEqual(usage);
});

test("Google's interactions count thoughts beside the output, and what tools gave beside the input", () => {
  expect(
    readUsage({
      total_input_tokens: 10,
      total_cached_tokens: 8,
      total_tool_use_tokens: 5,
      total_output_tokens: 4,
      total_thought_tokens: 6,
      total_tokens: 25,
    }),
  ).toEqual({ inputTokens: 15, cacheReadTokens: 8, outputTokens: 10, reasoningTokens: 6 });
});
