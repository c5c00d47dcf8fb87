import { expect, test } from "vitest";
import type { Part } from "../form/message.ts";
import { readModelInput, readModelOutput } from "../messages/payloads.ts";

const kinds = (parts: readonly Part[]) => parts.map((part) => part.kind);

const inputs: readonly (readonly [string, unknown, readonly (readonly string[])[]])[] = [
  [
    "OpenAI chat",
    {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          ],
        },
      ],
    },
    [["text", "image"]],
  ],
  [
    "Anthropic with an image in a result",
    {
      system: "s",
      messages: [
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "t",
              content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } }],
            },
          ],
        },
      ],
    },
    [["text"], ["toolResult"]],
  ],
  [
    "Gemini",
    {
      systemInstruction: { parts: [{ text: "s" }] },
      contents: [
        { role: "user", parts: [{ text: "a" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] },
        { role: "model", parts: [{ functionCall: { name: "f", args: {} } }] },
        { role: "user", parts: [{ functionResponse: { name: "f", response: { x: 1 } } }] },
      ],
    },
    [["text"], ["text", "image"], ["toolCall"], ["toolResult"]],
  ],
  [
    "AI SDK UI messages",
    [
      {
        role: "assistant",
        parts: [
          { type: "step-start" },
          { type: "text", text: "a" },
          { type: "tool-search", toolCallId: "c", state: "output-available", input: { q: 1 }, output: { hits: 2 } },
        ],
      },
    ],
    [["text", "toolCall", "toolResult"]],
  ],
  [
    "LangChain constructors",
    {
      messages: [
        [{ lc: 1, type: "constructor", id: ["langchain_core", "messages", "HumanMessage"], kwargs: { content: "a" } }],
      ],
    },
    [["text"]],
  ],
  [
    "LangChain stored",
    [
      { type: "human", data: { content: "a" } },
      { type: "ai", data: { content: "", tool_calls: [{ name: "f", args: { x: 1 }, id: "c", type: "tool_call" }] } },
    ],
    [["text"], ["toolCall"]],
  ],
  [
    "LangChain tuples",
    [
      ["system", "s"],
      ["human", "a"],
    ],
    [["text"], ["text"]],
  ],
  [
    "Bedrock Converse",
    {
      modelId: "m",
      system: [{ text: "s" }],
      messages: [
        { role: "user", content: [{ text: "a" }, { image: { format: "png", source: { bytes: "AAAA" } } }] },
        { role: "assistant", content: [{ toolUse: { toolUseId: "t", name: "f", input: {} } }] },
        { role: "user", content: [{ toolResult: { toolUseId: "t", content: [{ json: { x: 1 } }] } }] },
      ],
    },
    [["text"], ["text", "image"], ["toolCall"], ["toolResult"]],
  ],
  ["Ollama", { model: "m", messages: [{ role: "user", content: "a", images: ["AAAA"] }] }, [["text", "image"]]],
  [
    "OpenAI Agents",
    [
      { role: "user", content: "a" },
      { type: "hosted_tool_call", name: "web_search", id: "h", arguments: "{}", output: "found" },
    ],
    [["text"], ["toolCall", "toolResult"]],
  ],
  [
    "OpenAI Responses",
    {
      instructions: "s",
      input: [
        { role: "user", content: [{ type: "input_text", text: "a" }] },
        { type: "custom_tool_call", call_id: "c", name: "f", input: "x" },
        { type: "custom_tool_call_output", call_id: "c", output: "y" },
      ],
    },
    [["text"], ["text"], ["toolCall"], ["toolResult"]],
  ],
];

test.each(inputs)("the input of %s", (_dialect, payload, expected) => {
  const read = readModelInput(payload);
  expect(read.kind === "read" && read.value.messages.map((message) => kinds(message.parts))).toEqual(expected);
});

const outputs: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "OpenAI chat chunks",
    [
      { choices: [{ index: 0, delta: { role: "assistant", content: "a" } }] },
      { choices: [{ index: 0, delta: { content: "b" } }] },
    ],
    ["text"],
  ],
  [
    "OpenAI Responses with a search",
    {
      object: "response",
      output: [
        { type: "web_search_call", id: "w", action: { query: "q" } },
        {
          type: "message",
          role: "assistant",
          content: [
            { type: "output_text", text: "a", annotations: [{ type: "url_citation", url: "https://a", title: "A" }] },
          ],
        },
      ],
    },
    ["toolCall", "text", "citation"],
  ],
  [
    "Anthropic with a server's tool",
    {
      type: "message",
      role: "assistant",
      content: [
        { type: "thinking", thinking: "t", signature: "s" },
        { type: "server_tool_use", id: "s", name: "web_search", input: {} },
        {
          type: "web_search_tool_result",
          tool_use_id: "s",
          content: [{ type: "web_search_result", url: "https://a", title: "A" }],
        },
        { type: "text", text: "a" },
      ],
    },
    ["reasoning", "toolCall", "toolResult", "text"],
  ],
  [
    "Gemini",
    {
      candidates: [
        { content: { role: "model", parts: [{ text: "t", thought: true }, { text: "a" }] }, finishReason: "STOP" },
      ],
    },
    ["reasoning", "text"],
  ],
  ["AI SDK", { text: "", toolCalls: [{ type: "tool-call", toolCallId: "c", toolName: "f", input: {} }] }, ["toolCall"]],
  [
    "AI SDK content",
    {
      content: [
        { type: "reasoning", text: "t" },
        { type: "text", text: "a" },
      ],
      finishReason: "stop",
    },
    ["reasoning", "text"],
  ],
  [
    "LangChain generations",
    {
      generations: [
        [{ text: "a", message: { lc: 1, type: "constructor", id: ["x", "AIMessage"], kwargs: { content: "a" } } }],
      ],
    },
    ["text"],
  ],
  [
    "Bedrock Converse",
    {
      output: {
        message: {
          role: "assistant",
          content: [{ reasoningContent: { reasoningText: { text: "t" } } }, { text: "a" }],
        },
      },
      stopReason: "end_turn",
    },
    ["reasoning", "text"],
  ],
  [
    "Ollama",
    {
      model: "m",
      done: true,
      message: { role: "assistant", content: "a", thinking: "t" },
      prompt_eval_count: 3,
      eval_count: 4,
    },
    ["reasoning", "text"],
  ],
  [
    "Cohere",
    {
      id: "x",
      finish_reason: "TOOL_CALL",
      message: {
        role: "assistant",
        tool_plan: "p",
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
    },
    ["reasoning", "toolCall"],
  ],
  [
    "Claude Agent SDK",
    [{ type: "assistant", message: { role: "assistant", content: [{ type: "text", text: "a" }] } }],
    ["text"],
  ],
];

test.each(outputs)("the reply of %s", (_dialect, payload, expected) => {
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
