import { expect, test } from "vitest";
import { MessageReply } from "./message-reply.ts";

const start = (index: number, text: string) => ({
  type: "content_block_start",
  index,
  content_block: { type: "text", text },
});

test("blocks stand in the order of their indexes, whatever those are", () => {
  const reply = new MessageReply();
  reply.add({ type: "message_start", message: { id: "msg_1" } });
  for (const event of [start(4_294_967_294, "last"), start(1, "second"), start(0, "first")]) reply.add(event);
  reply.add({ type: "content_block_delta", index: 1, delta: { type: "text_delta", text: " word" } });
  expect(reply.reply()).toEqual({
    id: "msg_1",
    content: [
      { type: "text", text: "first" },
      { type: "text", text: "second word" },
      { type: "text", text: "last" },
    ],
  });
});
