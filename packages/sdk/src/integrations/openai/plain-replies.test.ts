import { expect, test } from "vitest";
import { CompletionReply, EventsReply } from "./plain-replies.ts";

test("a text completion is put together by choice, with its head, reasons and usage", () => {
  const reply = new CompletionReply();
  reply.add({ id: "c", model: "m", choices: [{ index: 1, text: "b" }, { text: "a" }] } as never);
  reply.add({ choices: [{ index: 1, text: "c", finish_reason: "stop" }] });
  reply.add({ choices: [], usage: { total_tokens: 3 } });
  expect(reply.reply()).toEqual({
    id: "c",
    model: "m",
    choices: [
      { index: 1, text: "bc", finish_reason: "stop" },
      { index: 0, text: "a", finish_reason: undefined },
    ],
    usage: { total_tokens: 3 },
  });
});

test("of events the last one is the reply; of a stream that ends before, the text so far, else what came last", () => {
  const reply = new EventsReply();
  expect(reply.reply()).toBeUndefined();
  reply.add({ type: "partial", image: 1 } as never);
  expect(reply.reply()).toEqual({ type: "partial", image: 1 });
  reply.add({ type: "text.delta", delta: "fo" });
  reply.add({ type: "text.delta", delta: "ur" });
  expect(reply.reply()).toEqual({ text: "four" });
  reply.add({ type: "text.done", text: "four" } as never);
  expect(reply.reply()).toEqual({ type: "text.done", text: "four" });
});
