import { isDeepEqual, type Message } from "@everspan/reading";
import { describe, expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { buildSpanTree } from "../trace/span-tree.ts";
import { compareConversations } from "./novelty.ts";
import { previousModelCall } from "./previous-call.ts";

const messages = (...texts: string[]) =>
  texts.map((text): Message => ({ role: "user", roleLabel: "user", parts: [{ kind: "text", text }] }));

describe("what is new in a step", () => {
  test("a conversation that grew by two has two new messages", () => {
    expect(compareConversations(messages("a", "b"), messages("a", "b", "c", "d"))).toEqual({
      sentBefore: [true, true, false, false],
      newCount: 2,
      dropped: [],
    });
  });

  test("messages that were dropped from the middle are counted, the rest is not new", () => {
    expect(compareConversations(messages("a", "b", "c", "d"), messages("a", "d", "e"))).toEqual({
      sentBefore: [true, true, false],
      newCount: 1,
      dropped: messages("b", "c"),
    });
  });

  test("a message said twice is new the second time", () => {
    expect(compareConversations(messages("a"), messages("a", "a")).sentBefore).toEqual([true, false]);
  });

  test("another conversation is new from its first message", () => {
    expect(compareConversations(messages("a"), messages("x", "y")).newCount).toBe(2);
  });

  test("equality is by value, types and keys counted", () => {
    expect(isDeepEqual({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
    for (const [a, b] of [
      [{ a: 1 }, { a: "1" }],
      [[], {}],
      [{ a: undefined }, { b: undefined }],
      [[1], [1, 2]],
      [null, {}],
    ]) {
      expect(isDeepEqual(a, b)).toBe(false);
    }
  });
});

describe("the model call before", () => {
  const previous = (drawing: string, id: string, names: Record<string, string> = {}) => {
    const extra = Object.fromEntries(Object.entries(names).map(([span, name]) => [span, { name }]));
    const tree = buildSpanTree(drawTrace(drawing, extra));
    return previousModelCall(tree, tree.nodes[tree.indexById.get(id)!]!)?.span.id;
  };

  test("is the nearest sibling before it", () => {
    const drawing = `
      run      AGENT_WORKFLOW 0-100
        ask-1  COMPLETION     0-10
        tool   CODE_EXECUTION 11-20
        ask-2  COMPLETION     21-30
        ask-3  COMPLETION     31-40
    `;
    expect(previous(drawing, "ask-3")).toBe("ask-2");
    expect(previous(drawing, "ask-1")).toBeUndefined();
  });

  test("is not a parallel branch when there is one that had ended", () => {
    const drawing = `
      run      AGENT_WORKFLOW 0-100
        ask-1  COMPLETION     0-10
        side   COMPLETION     12-90
        ask-2  COMPLETION     21-30
    `;
    expect(previous(drawing, "ask-2", { "ask-1": "chat", side: "chat", "ask-2": "chat" })).toBe("ask-1");
  });

  test("is found in the step before where each step is a span of its own", () => {
    const drawing = `
      run        AGENT_WORKFLOW 0-100
        step-1   AGENT_TRACER   0-20
          ask-1  COMPLETION     0-10
        step-2   AGENT_TRACER   21-40
          ask-2  COMPLETION     21-30
    `;
    expect(previous(drawing, "ask-2", { "ask-1": "chat", "ask-2": "chat" })).toBe("ask-1");
  });
});
