import { describe, expect, test } from "vitest";
import { inputMessages, outputMessages } from "./gen-ai-messages.ts";

const text = (content: string) => ({ type: "text", content });

test.each<[what: string, message: unknown, expected: object]>([
  ["a text", "hi", { role: "user", parts: [text("hi")] }],
  ["a number", 5, { role: "user", parts: [text("5")] }],
  ["a message", { role: "system", content: "be kind" }, { role: "system", parts: [text("be kind")] }],
  ["a message without a role", { content: "hi" }, { role: "user", parts: [text("hi")] }],
  ["a message without content", { role: "assistant" }, { role: "assistant", parts: [] }],
  ["a message whose content is null", { role: "assistant", content: null }, { role: "assistant", parts: [] }],
  ["a message whose content is an object", { content: { a: 1 } }, { role: "user", parts: [text('{"a":1}')] }],
  [
    "parts",
    { content: ["a", { type: "text", text: "b" }, { type: "image_url", url: "u" }, 5] },
    { role: "user", parts: [text("a"), text("b"), { type: "image_url", url: "u" }, text("5")] },
  ],
  [
    "a tool's use and its result",
    {
      role: "assistant",
      content: [
        { type: "tool_use", id: "c", name: "add", input: { a: 1 } },
        { type: "tool_use", name: "add", input: {} },
        { type: "tool_result", tool_use_id: "c", content: "4" },
        { type: "tool_result", content: "5" },
      ],
    },
    {
      role: "assistant",
      parts: [
        { type: "tool_call", id: "c", name: "add", arguments: { a: 1 } },
        { type: "tool_call", id: null, name: "add", arguments: {} },
        { type: "tool_call_response", id: "c", response: "4" },
        { type: "tool_call_response", id: null, response: "5" },
      ],
    },
  ],
  [
    "calls of tools, whatever form they have",
    {
      role: "assistant",
      content: "so",
      tool_calls: [{ id: "c", function: { name: "add", arguments: "{}" } }, { name: "sub", arguments: {} }, 5],
    },
    {
      role: "assistant",
      parts: [
        text("so"),
        { type: "tool_call", id: "c", name: "add", arguments: "{}" },
        { type: "tool_call", id: null, name: "sub", arguments: {} },
      ],
    },
  ],
  ["calls that are none", { role: "assistant", tool_calls: {} }, { role: "assistant", parts: [] }],
  [
    "a tool's answer",
    { role: "tool", tool_call_id: "c", content: ["4"] },
    { role: "tool", parts: [{ type: "tool_call_response", id: "c", response: ["4"] }] },
  ],
  [
    "a tool's answer without either",
    { role: "tool" },
    { role: "tool", parts: [{ type: "tool_call_response", id: null, response: null }] },
  ],
])("of an input, %s is a message", (_what, message, expected) => {
  expect(inputMessages({ messages: [message] })).toStrictEqual([expected]);
});

test.each([[undefined], ["x"], [[]], [{}], [{ messages: [] }], [{ messages: "x" }]])(
  "an input of %j has no messages",
  (input) => {
    expect(inputMessages(input)).toBeUndefined();
  },
);

describe("an output", () => {
  test("of choices has the message of each, and why it ended", () => {
    const choices = [
      { message: { role: "assistant", content: "a" }, finish_reason: "stop" },
      5,
      { message: "b", finish_reason: 5 },
    ];
    expect(outputMessages({ choices, role: "assistant" })).toStrictEqual([
      { role: "assistant", parts: [text("a")], finish_reason: "stop" },
      { role: "user", parts: [text("b")] },
    ]);
  });

  test("that is a message has its own reason", () => {
    expect(
      outputMessages({ role: "assistant", content: [{ type: "text", text: "a" }], stop_reason: "end_turn" }),
    ).toStrictEqual([{ role: "assistant", parts: [text("a")], finish_reason: "end_turn" }]);
    expect(outputMessages({ role: "assistant", content: "a" })).toStrictEqual([
      { role: "assistant", parts: [text("a")] },
    ]);
  });

  test.each([[undefined], ["x"], [{}], [{ choices: {} }], [{ role: 5 }], [[]]])("of %j has no messages", (output) => {
    expect(outputMessages(output)).toBeUndefined();
  });
});
