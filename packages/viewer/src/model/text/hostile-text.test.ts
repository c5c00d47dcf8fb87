import { describe, expect, test } from "vitest";
import { exposeHidden, singleLine } from "./hostile-text.ts";
import { linkPieces } from "./links.ts";
import { textChunks } from "./text-chunks.ts";

describe("hostile text", () => {
  test("X9 characters that reorder or hide text are spelled out", () => {
    expect(exposeHidden("a\u202Eb")).toBe("a‹U+202E›b");
    expect(exposeHidden("\u2066\u200b\u0000\u001b[31m\u{e0041}")).toBe("‹U+2066›‹U+200B›‹U+0000›‹U+001B›[31m‹U+E0041›");
  });

  test("ordinary text of any script, emoji and line breaks stay as they are", () => {
    const text = "grüße 你好 שלום 👩‍👩‍👧\n\ttab";
    expect(exposeHidden(text)).toBe(text);
  });

  test("a line of a list is one line of bounded length", () => {
    expect(singleLine("a\n\n b\tc")).toBe("a b c");
    expect(singleLine("x".repeat(1000), 10)).toBe(`${"x".repeat(10)}…`);
  });

  test("X9 only http and https addresses become links", () => {
    const links = (text: string) => linkPieces(text).flatMap((piece) => piece.href ?? []);
    expect(links("see https://example.test/a?b=1. and http://x.test/y)")).toEqual([
      "https://example.test/a?b=1",
      "http://x.test/y",
    ]);
    for (const text of [
      "javascript:alert(1)",
      "java\nscript:alert(1)",
      "data:text/html,x",
      "//x.test",
      "file:///etc",
      "https://",
      "vbscript:x",
    ]) {
      expect(links(text)).toEqual([]);
    }
  });

  test("a text's links and the text between them are the whole text", () => {
    const text = "a https://x.test/1, b https://y.test/2";
    expect(
      linkPieces(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
  });
});

describe("long text", () => {
  test("long text is divided at line breaks, joined again it is the same", () => {
    const text = Array.from({ length: 3000 }, (_, line) => `line ${line}`).join("\n");
    const chunks = textChunks(text);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.map((chunk) => chunk.text).join("\n")).toBe(text);
  });

  test("text without line breaks is divided too, never inside a surrogate pair", () => {
    const chunks = textChunks(`x${"😀".repeat(20_000)}`);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.every((chunk) => encodeURIComponent(chunk.text) !== "")).toBe(true);
  });
});
