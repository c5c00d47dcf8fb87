import { type Message, readModelInput } from "@everspan/reading";
import { expect, test } from "vitest";
import { compareSteps } from "./compare-steps.ts";

type Said = readonly [role: string, content: string];

function sent(...messages: readonly Said[]): readonly Message[] {
  const reading = readModelInput({ messages: messages.map(([role, content]) => ({ role, content })) });
  if (reading.kind !== "read") throw new Error("these messages are read");
  return reading.value.messages;
}

const kinds = (a: readonly Message[], b: readonly Message[]) => compareSteps(a, b).pairs.map(({ kind }) => kind);

const SYSTEM: Said = ["system", "You are careful. Answer briefly."];
const ASKED: Said = ["user", "Where is my refund?"];

test("what is sent besides is added, what both have is only counted", () => {
  const compared = compareSteps(sent(SYSTEM, ASKED), sent(SYSTEM, ASKED, ["assistant", "Let me look."]));
  expect(compared.sharedCount).toBe(2);
  expect(compared.pairs.map(({ kind }) => kind)).toEqual(["added"]);
});

test("another system prompt is the same one rewritten, whatever its words", () => {
  expect(kinds(sent(SYSTEM, ASKED), sent(["system", "Be quick"], ASKED))).toEqual(["rewritten"]);
});

test("other words are a rewording when many are the same, else one is gone and one is new", () => {
  expect(kinds(sent(ASKED), sent(["user", "Where is my refund of January?"]))).toEqual(["rewritten"]);
  expect(kinds(sent(ASKED), sent(["user", "Cancel everything immediately"]))).toEqual(["removed", "added"]);
});

test("a shortened history says what is gone", () => {
  const long = sent(SYSTEM, ASKED, ["assistant", "Looking it up now"], ["user", "Still waiting here"]);
  expect(kinds(long, sent(SYSTEM, ["user", "Summary: customer waits"]))).toContain("removed");
});

test("equal calls have no difference", () => {
  expect(compareSteps(sent(SYSTEM, ASKED), sent(SYSTEM, ASKED))).toEqual({ sharedCount: 2, pairs: [] });
});
