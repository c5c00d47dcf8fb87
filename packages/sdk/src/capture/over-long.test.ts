import { describe, expect, test } from "vitest";
import { Capturer, toJson } from "./index.ts";

const LIMIT = 1024 * 1024;
/** Text, no base64: that has a longer limit. */
const long = (characters: number) => "several words, ".repeat(Math.ceil(characters / 15)).slice(0, characters);

describe("one over-long string", () => {
  test("costs itself only, and not its beginning", () => {
    const capturer = new Capturer();
    const rest = { before: { deep: ["x", 1, null] }, list: ["first", "second"], after: long(LIMIT) };
    const captured = toJson(
      capturer.capture({ before: rest.before, long: long(LIMIT + 1), list: rest.list, after: rest.after })!,
    ) as Record<string, unknown>;
    const { long: cut, ...others } = captured;
    expect(JSON.stringify(others) === JSON.stringify({ before: rest.before, list: rest.list, after: rest.after })).toBe(
      true,
    );
    expect(cut).toBe(`${long(1024)}… [Truncated: ${LIMIT + 1} characters]`);
    expect(capturer.truncatedBytes).toBe(LIMIT + 1 - (cut as string).length);
  });

  test("does not use up what others may take: a hundred of them leave room for what follows", () => {
    const messages = Array.from({ length: 100 }, (_, i) => ({ content: long(2 * LIMIT), index: i }));
    const captured = toJson(new Capturer().capture({ messages, last: long(LIMIT) })!) as {
      messages: typeof messages;
      last: string;
    };
    expect(captured.messages.map(({ index }) => index)).toEqual(messages.map(({ index }) => index));
    expect(captured.messages.every(({ content }) => content.endsWith(`[Truncated: ${2 * LIMIT} characters]`))).toBe(
      true,
    );
    expect(captured.last === long(LIMIT)).toBe(true);
  });
});
