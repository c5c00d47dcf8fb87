import { describe, expect, test } from "vitest";
import type { Message } from "./message.ts";
import { parseConversation, parseReply } from "./parse-messages.ts";

/** Roles and parts, without what is the same everywhere. */
const brief = (messages: readonly Message[] | null) => messages?.map((message) => [message.role, ...message.parts]);
const text = (value: string) => ({ kind: "text", text: value });

describe("a conversation is read from", () => {
  test("OpenAI chat messages with content parts, tool calls and tool results", () => {
    const input = {
      model: "gpt-5",
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: "https://x.test/a.png" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":"a"}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: "a cat" },
      ],
    };
    expect(brief(parseConversation(input))).toEqual([
      ["system", text("Be brief.")],
      ["user", text("What is this?"), { kind: "media", label: "image_url · https://x.test/a.png" }],
      ["assistant", { kind: "toolCall", callId: "c1", name: "look", arguments: { at: "a" } }],
      ["tool", { kind: "toolResult", callId: "c1", name: "look", content: "a cat", isError: false }],
    ]);
  });

  test("Anthropic messages with a system prompt beside them, thinking, tool use and tool results", () => {
    const input = {
      system: [{ type: "text", text: "Be kind.", cache_control: { type: "ephemeral" } }],
      messages: [
        { role: "user", content: "Hi" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Hm.", signature: "x" },
            { type: "tool_use", id: "t1", name: "look", input: { at: "a" } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: "no" }], is_error: true },
          ],
        },
      ],
    };
    expect(brief(parseConversation(input))).toEqual([
      ["system", text("Be kind.")],
      ["user", text("Hi")],
      [
        "assistant",
        { kind: "thinking", text: "Hm." },
        { kind: "toolCall", callId: "t1", name: "look", arguments: { at: "a" } },
      ],
      [
        "user",
        { kind: "toolResult", callId: "t1", name: "look", content: [{ type: "text", text: "no" }], isError: true },
      ],
    ]);
  });

  test("plain role and content, as a list, wrapped in value, or as JSON text", () => {
    const list = [{ role: "user", content: "Hi" }];
    for (const input of [
      list,
      { value: list },
      JSON.stringify(list),
      { messages: list },
      { messages: JSON.stringify(list) },
    ]) {
      expect(brief(parseConversation(input))).toEqual([["user", text("Hi")]]);
    }
  });

  test("OpenTelemetry GenAI messages with parts", () => {
    const input = {
      "gen_ai.system_instructions": '[{"type":"text","content":"Be calm."}]',
      "gen_ai.input.messages": [
        { role: "user", parts: [{ type: "text", content: "Hi" }] },
        { role: "assistant", parts: [{ type: "tool_call", id: "g1", name: "look", arguments: { at: "a" } }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "g1", response: "cat" }] },
      ],
    };
    expect(brief(parseConversation(input))).toEqual([
      ["system", text("Be calm.")],
      ["user", text("Hi")],
      ["assistant", { kind: "toolCall", callId: "g1", name: "look", arguments: { at: "a" } }],
      ["tool", { kind: "toolResult", callId: "g1", name: "look", content: "cat", isError: false }],
    ]);
  });

  test("OpenAI responses, whose calls and results are items of their own", () => {
    const input = {
      instructions: "Be exact.",
      input: [
        { role: "user", content: [{ type: "input_text", text: "Hi" }] },
        { type: "function_call", call_id: "r1", name: "look", arguments: "{}" },
        { type: "function_call_output", call_id: "r1", output: "cat" },
      ],
    };
    expect(brief(parseConversation(input))).toEqual([
      ["system", text("Be exact.")],
      ["user", text("Hi")],
      ["assistant", { kind: "toolCall", callId: "r1", name: "look", arguments: {} }],
      ["tool", { kind: "toolResult", callId: "r1", name: "look", content: "cat", isError: false }],
    ]);
  });

  test("LangChain's message types", () => {
    expect(
      brief(
        parseConversation([
          { type: "human", content: "Hi" },
          { type: "ai", content: "Hello" },
        ]),
      ),
    ).toEqual([
      ["user", text("Hi")],
      ["assistant", text("Hello")],
    ]);
  });

  test("nothing that is no conversation", () => {
    for (const input of [undefined, null, 7, "plain", {}, [], [1, 2], { rows: [{ a: 1 }] }, { value: 3 }, "{broken"]) {
      expect(parseConversation(input)).toBeNull();
    }
  });

  test("a part that nobody knows is kept as it is", () => {
    const part = { type: "hologram", data: 1 };
    expect(brief(parseConversation([{ role: "user", content: [part] }]))).toEqual([
      ["user", { kind: "unknown", value: part }],
    ]);
  });
});

describe("a reply is read from", () => {
  const message = { role: "assistant", content: "Hello" };
  test.each([
    ["text", "Hello"],
    ["a message", message],
    ["a whole chat completion", { object: "chat.completion", choices: [{ index: 0, finish_reason: "stop", message }] }],
    ["a legacy completion", { choices: [{ text: "Hello" }] }],
    ["an Anthropic message", { type: "message", role: "assistant", content: [{ type: "text", text: "Hello" }] }],
    [
      "an OpenAI response",
      {
        object: "response",
        output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello" }] }],
      },
    ],
    [
      "GenAI output messages",
      { "gen_ai.output.messages": [{ role: "assistant", parts: [{ type: "text", content: "Hello" }] }] },
    ],
    ["a message list", { messages: [message] }],
    ["a wrapped text", { value: "Hello" }],
    ["content alone", { content: "Hello" }],
  ])("%s", (_, output) => {
    expect(brief(parseReply(output))).toEqual([["assistant", text("Hello")]]);
  });

  test("tool calls and the reason why it ended", () => {
    const call = { id: "c1", type: "function", function: { name: "look", arguments: "{not json" } };
    const [reply] = parseReply({
      choices: [{ finish_reason: "tool_calls", message: { content: null, tool_calls: [call] } }],
    })!;
    expect(reply).toMatchObject({ role: "assistant", finishReason: "tool_calls" });
    expect(reply!.parts).toEqual([{ kind: "toolCall", callId: "c1", name: "look", arguments: "{not json" }]);
  });

  test("nothing where there is none", () => {
    for (const output of [undefined, null, "", 0, {}, { choices: [] }, { rows: 3 }])
      expect(parseReply(output)).toBeNull();
  });
});
