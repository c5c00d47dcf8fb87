import fc from "fast-check";
import { expect, test } from "vitest";
import { CaptureMemory, Capturer, toJson } from "./index.ts";

test("a JSON value is captured as exactly the text that JSON.stringify gives", () => {
  const capturer = new Capturer({}, () => 0);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const plain = JSON.parse(text.replaceAll("-0", "0"));
      expect(JSON.stringify(toJson(capturer.capture(plain)!))).toBe(JSON.stringify(plain));
    }),
  );
});

test("a growing conversation shares what was captured before", () => {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  const messages: unknown[] = [];
  for (let step = 0; step < 50; step++) {
    messages.push(
      { role: "user", content: `question ${step}`.repeat(20) },
      { role: "assistant", content: `answer ${step}`.repeat(20) },
    );
    const copy = JSON.parse(JSON.stringify({ model: "m", messages }));
    expect(toJson(capturer.capture(copy, memory)!)).toEqual(copy);
  }
});
