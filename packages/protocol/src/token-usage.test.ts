import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonValue } from "./testing/arbitraries.ts";
import { countsTowardTrace, type TokenUsage, tokenUsageOf } from "./token-usage.ts";

const openAiChat = {
  model: "gpt-4o",
  usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17, prompt_tokens_details: { cached_tokens: 8 } },
};

test.each<[shape: string, span: Parameters<typeof tokenUsageOf>[0], expected: TokenUsage]>([
  [
    "the keys that SGP bills",
    { data: { model: "m", usage: { input_tokens: 3, output_tokens: 4 }, cost_usd: 0.25 } },
    { model: "m", inputTokens: 3, outputTokens: 4, costUsd: 0.25 },
  ],
  ["an OpenAI reply as the output", { output: openAiChat }, { model: "gpt-4o", inputTokens: 12, outputTokens: 5 }],
  [
    "an OpenRouter reply, which knows its cost",
    { output: { ...openAiChat, usage: { ...openAiChat.usage, cost: 0.0125 } } },
    { model: "gpt-4o", inputTokens: 12, outputTokens: 5, costUsd: 0.0125 },
  ],
  [
    "an Anthropic reply, which counts cached input apart",
    {
      output: {
        model: "claude",
        usage: { input_tokens: 10, cache_read_input_tokens: 90, cache_creation_input_tokens: 5, output_tokens: 7 },
      },
    },
    { model: "claude", inputTokens: 105, outputTokens: 7 },
  ],
  [
    "an AI SDK result",
    { output: { usage: { inputTokens: 1, outputTokens: 2 } }, data: { modelId: "x" } },
    { model: "x", inputTokens: 1, outputTokens: 2 },
  ],
  [
    "GenAI attributes",
    {
      data: {
        "gen_ai.request.model": "a",
        "gen_ai.response.model": "b",
        "gen_ai.usage.input_tokens": 1,
        "gen_ai.usage.output_tokens": 0,
      },
    },
    { model: "b", inputTokens: 1, outputTokens: 0 },
  ],
  ["deprecated GenAI attributes", { data: { "gen_ai.usage.prompt_tokens": 2 } }, { inputTokens: 2 }],
  [
    "OpenInference attributes",
    {
      data: {
        "llm.model_name": "a",
        "llm.token_count.prompt": 1,
        "llm.token_count.completion": 2,
        "llm.cost.total": 3,
      },
    },
    { model: "a", inputTokens: 1, outputTokens: 2, costUsd: 3 },
  ],
  ["a model that only the request names", { input: { model: "asked" } }, { model: "asked" }],
  [
    "numbers that are none",
    { data: { usage: { input_tokens: "3", output_tokens: -1 }, cost_usd: null, model: "" } },
    {},
  ],
  ["nothing", {}, {}],
  ["a cost of nothing", { data: { cost_usd: 0 } }, { costUsd: 0 }],
  ["a cost that is negative or infinite", { data: { cost_usd: -1, costUsd: Number.POSITIVE_INFINITY } }, {}],
  ["usage that is no object", { data: { usage: [3], usage_metadata: "x" } }, {}],
  ["the usage before its holder", { data: { usage: { input_tokens: 1 }, input_tokens: 2 } }, { inputTokens: 1 }],
  ["usage metadata", { data: { usage_metadata: { input_tokens: 1 } } }, { inputTokens: 1 }],
  ["counts that are no whole numbers", { data: { input_tokens: 1.5, prompt_tokens: 2 } }, { inputTokens: 2 }],
  ["a model that data names before the output does", { data: { model: "a" }, output: { model: "b" } }, { model: "a" }],
  ["payloads that are lists", { input: [{ model: "a" }], output: [{ model: "b" }] }, {}],
])("reads %s", (_shape, span, expected) => {
  expect(tokenUsageOf(span)).toEqual(expected);
});

test("what data says beats what the output says", () => {
  const span = { data: { usage: { input_tokens: 1 } }, output: openAiChat };
  expect(tokenUsageOf(span)).toMatchObject({ inputTokens: 1, outputTokens: 5 });
});

test("any payload is read without an error", () => {
  fc.assert(
    fc.property(jsonValue, jsonValue, (input, output) => {
      expect(tokenUsageOf({ input, output })).toBeTypeOf("object");
    }),
  );
});

test("spans that wrap others don't count twice in the sums of a trace", () => {
  expect(countsTowardTrace({ type: "COMPLETION" })).toBe(true);
  expect(countsTowardTrace({ type: "STANDALONE" })).toBe(true);
  for (const type of ["AGENT_WORKFLOW", "AGENT_TRACER", "TRACER"] as const)
    expect(countsTowardTrace({ type })).toBe(false);
});

test("a list is no payload that tells anything, and what is inherited is none of its own", () => {
  const list = Object.assign([1], { model: "a", input_tokens: 1 });
  expect(tokenUsageOf({ input: list, output: list })).toStrictEqual({});
  expect(tokenUsageOf({ data: Object.create({ model: "a" }) as Record<string, unknown> })).toStrictEqual({});
  expect(tokenUsageOf({ data: { input_tokens: 1 } })).toStrictEqual({ inputTokens: 1 });
});
