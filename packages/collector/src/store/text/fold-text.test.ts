import fc from "fast-check";
import { expect, test } from "vitest";
import { foldText, spaced } from "./fold-text.ts";

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
