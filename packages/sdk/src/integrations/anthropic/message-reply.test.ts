import { expect, test } from "vitest";
import { CompletionReply } from "./message-reply.ts";

test("a text completion is its pieces' text, with what the last one says", () => {
  const reply = new CompletionReply();
  reply.add({ completion: "fo", stop_reason: null } as never);
  reply.add({ completion: "ur", stop_reason: "stop_sequence" } as never);
  expect(reply.reply()).toEqual({ completion: "four", stop_reason: "stop_sequence" });
});
