import { expect, test } from "vitest";
import { historyChange, type Sent, sentBySpan } from "./history-change.ts";

/** `s` and `S` are instructions, other letters what was said; as many characters as the letter's place tells. */
const sent = (letters: string, toolsHash: string | null = null): Sent => ({
  toolsHash,
  messages: [...letters].map((letter) => ({
    hash: letter,
    role: letter.toLowerCase() === "s" ? "system" : "user",
    characters: letter.charCodeAt(0),
  })),
});

test("a history that only grew did not change", () => {
  expect(historyChange(sent("sab"), sent("sabcd"))).toBeNull();
});

test("other instructions are told, with their length", () => {
  expect(historyChange(sent("sab"), sent("Sabc"))).toMatchObject({ system: { before: 115, now: 83 }, rewritten: null });
});

test("a history that lost messages was rewritten", () => {
  expect(historyChange(sent("sabcd"), sent("szd"))?.rewritten).toEqual({ gone: 3, before: 4, now: 2 });
});

test("a message that stood twice and stands once is gone once", () => {
  expect(historyChange(sent("aba"), sent("ab"))?.rewritten?.gone).toBe(1);
});

test("other tools are told; of a call that nobody knows nothing is", () => {
  expect(historyChange(sent("a", "x"), sent("ab", "y"))).toMatchObject({ hasOtherTools: true, rewritten: null });
  expect(historyChange(undefined, sent("a"))).toBeNull();
});

test("pages name their own messages", () => {
  const message = (hash: string) => ({ hash, role: "user", characters: 1 });
  const all = sentBySpan([
    { messages: [message("a"), message("b")], calls: [{ spanId: "1", sent: [0, 1], toolsHash: null }] },
    { messages: [message("c")], calls: [{ spanId: "2", sent: [0, 7], toolsHash: null }] },
  ]);
  expect(all.get("1")?.messages.map(({ hash }) => hash)).toEqual(["a", "b"]);
  expect(all.get("2")?.messages.map(({ hash }) => hash)).toEqual(["c"]);
});
