import { expect, test } from "vitest";
import { sharedStarts } from "./shared-start.ts";

const shown = (...texts: readonly string[]) => {
  const starts = sharedStarts(texts);
  return texts.map((text) => text.slice(starts.get(text)));
};

test("questions made from a template are told from where they part, with the whole word", () => {
  expect(
    shown(
      "<issue> Consider the following issue: sitemaps without items fail",
      "<issue> Consider the following issue: sites are slow to answer",
    ),
  ).toEqual(["sitemaps without items fail", "sites are slow to answer"]);
});

test("questions that begin otherwise, short ones and the same one twice stay as they are", () => {
  const texts = [
    "Why is the sky blue?",
    "Why is the sea blue?",
    "Where is my refund for order 4411?",
    "Where is my refund for order 4411?",
  ];
  expect(shown(...texts)).toEqual(texts);
});

test("one that goes on where another ends keeps what it is about", () => {
  const texts = [
    "Summarise the board meeting in five sentences",
    "Summarise the board meeting in five sentences, please",
    "Summarise the board meeting in five sentences, please, and say what was decided against whose vote",
  ];
  expect(shown(...texts)).toEqual(texts);
});
