import fc from "fast-check";
import { expect, test } from "vitest";
import { foldText, spaced } from "./fold-text.ts";
import { plainText } from "./plain-text.ts";

test("a text is folded as Unicode says, whether it is looked over for that or not", () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(texts, (text) => {
      expect(foldText(text)).toBe(text.normalize("NFKC").toLowerCase().normalize("NFKC"));
    }),
  );
});

test("letters of full width and the sign of Kelvin are plain letters", () => {
  expect(foldText("\uff21gent \u212a")).toBe("agent k");
});

test("only characters of scripts without spaces stand alone", () => {
  expect(spaced("a\u5929\u6c17b caf\u00e9 x")).toBe("a \u5929  \u6c17 b caf\u00e9 x");
  expect(spaced("plain text")).toBe("plain text");
});

test("a long text is spaced and read as a short one is, wherever it is cut for that", () => {
  const astral = "\u{20000}";
  for (const lead of ["\u5929", "\u5929\u5929"]) {
    const count = 40_000;
    expect(spaced(lead + astral.repeat(count)) === spaced(lead) + spaced(astral).repeat(count)).toBe(true);
  }
  for (const sign of ["\\n", "\\\\", '\\"', "\\u00e9"]) {
    for (let lead = 0; lead < sign.length; lead++) {
      const [before, count] = ["x".repeat(lead), 20_000];
      expect(plainText(before + sign.repeat(count)) === before + plainText(sign).repeat(count)).toBe(true);
    }
  }
});
