import { describe, expect, test } from "vitest";
import { readModelInput, readModelOutput } from "./payloads.ts";

describe("a payload is nothing, read, or there and not understood", () => {
  test.each([undefined, null, "", {}, []])("%j is nothing", (payload) => {
    expect(readModelOutput(payload)).toEqual({ kind: "none" });
    expect(readModelInput(payload)).toEqual({ kind: "none" });
  });

  test.each([{ temperature: 0.5 }, [1, 2], 7, { output: { hits: 3 } }])("%j is shown as it is", (payload) => {
    expect(readModelOutput(payload)).toEqual({ kind: "unread", value: payload });
  });

  test("one item that nobody knows does not void the others", () => {
    const reply = {
      object: "response",
      output: [
        { type: "hologram", pixels: 7 },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello" }] },
      ],
    };
    const read = readModelOutput(reply);
    expect(read).toMatchObject({
      kind: "read",
      value: {
        messages: [
          { role: "other", parts: [{ kind: "unknown", value: { type: "hologram", pixels: 7 } }] },
          { role: "assistant", parts: [{ kind: "text", text: "Hello" }] },
        ],
      },
    });
  });
});

test("what stands inside and outside of a message under one name is kept twice", () => {
  const reply = {
    choices: [
      { finish_reason: "stop", note: "outer", message: { content: "hi", finish_reason: "length", note: "inner" } },
    ],
  };
  const read = readModelOutput(reply);
  expect(read.kind === "read" && read.value.messages).toMatchObject([
    { finishReason: "stop", rest: { finish_reason: "length", note: "inner", "outer.note": "outer" } },
  ]);
});

test("one message beside another field of the same meaning takes only its own", () => {
  const read = readModelInput({ message: { role: "user", content: "hi" }, contents: "more" });
  expect(read).toMatchObject({
    kind: "read",
    value: { messages: [{ role: "user" }], parameters: { contents: "more" } },
  });
});

test("a field named __proto__ is a field", () => {
  const reply = JSON.parse('{"choices":[{"__proto__":"outer","message":{"content":"hi","__proto__":"inner"}}]}');
  expect(JSON.stringify(readModelOutput(reply))).toMatch(/inner.*outer|outer.*inner/);
});
