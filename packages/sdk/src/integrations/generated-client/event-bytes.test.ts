import { expect, test } from "vitest";
import { eventsIn } from "./event-bytes.ts";

const bytes = new TextEncoder().encode(
  'event: a\ndata: {"text":"für"}\n\ndata:{"n":2}\r\n\r\ndata: [DONE]\n\n: ping\ndata: {"n":3}\n',
);

test("events are the same wherever the bytes are cut, within a character too", () => {
  for (let at = 0; at <= bytes.length; at++) {
    const events: unknown[] = [];
    const take = eventsIn({ item: (event) => void events.push(event) });
    take(bytes.subarray(0, at));
    take(bytes.subarray(at));
    expect(events, `cut at ${at}`).toEqual([{ text: "für" }, { n: 2 }, { n: 3 }]);
  }
});

test("what is no bytes is left out, and a line without end is not held for ever", () => {
  const events: unknown[] = [];
  const take = eventsIn({ item: (event) => void events.push(event) });
  take("data: 0\n");
  take(new TextEncoder().encode(`data: "${"x".repeat(5 * 1024 * 1024)}`));
  take(new TextEncoder().encode('"\ndata: 1\n'));
  expect(events).toEqual([1]);
});
