import { expect, test } from "vitest";
import { DROP_REASON_TEXTS, DROP_REASONS, dropReasonWords } from "./drop-reasons.ts";
import { recordKey } from "./record-key.ts";
import { isInterrupted, isOmittedPayload, snapshotOfStored } from "./stored-span.ts";
import { plainSnapshot } from "./testing/arbitraries.ts";

test("a stored span without what the collector derived is the snapshot that was sent", () => {
  const snapshot = plainSnapshot({ taskId: "t", input: 1, data: { a: 1 } });
  const derived = {
    durationMs: 1,
    model: "m",
    inputTokens: 1,
    outputTokens: 2,
    costUsd: 3,
    usage: { reasoningTokens: 1 },
    producerId: "p",
  };
  expect(snapshotOfStored({ ...snapshot, ...derived })).toStrictEqual(snapshot);
});

test("a span was interrupted when its error says so", () => {
  expect(isInterrupted({ error: { type: "Interrupted", message: "" } })).toBe(true);
  expect(isInterrupted({ error: { type: "Error", message: "Interrupted" } })).toBe(false);
  expect(isInterrupted({})).toBe(false);
});

test("a payload was left out when it is that and nothing else", () => {
  expect(isOmittedPayload({ omitted: true, bytes: 5 })).toBe(true);
  expect(isOmittedPayload({ omitted: true, bytes: 5, preview: "a" })).toBe(true);
  expect(isOmittedPayload({ omitted: true, bytes: 0, reason: "missing" })).toBe(true);
  for (const another of [
    { omitted: true },
    { omitted: true, bytes: "5" },
    { omitted: false, bytes: 5 },
    { omitted: true, bytes: 5, more: 1 },
    { omitted: true, bytes: 5, reason: "another" },
    { omitted: true, bytes: 5, preview: "a", more: 1 },
    null,
    "omitted",
    undefined,
  ]) {
    expect(isOmittedPayload(another)).toBe(false);
  }
});

test("records of one span have keys of their own by phase and revision", () => {
  const records = [
    plainSnapshot(),
    plainSnapshot({ revision: 2 }),
    plainSnapshot({ phase: "started" }),
    plainSnapshot({ id: "b" }),
    plainSnapshot({ traceId: "b" }),
  ];
  expect(new Set(records.map(recordKey)).size).toBe(5);
  expect(recordKey(plainSnapshot({ name: "another" }))).toBe(recordKey(plainSnapshot()));
});

test("every reason has its words, a meaning and a remedy, and an unknown one keeps its name", () => {
  expect(Object.keys(DROP_REASON_TEXTS)).toEqual([...DROP_REASONS]);
  for (const reason of DROP_REASONS) {
    const { means, words, remedy } = DROP_REASON_TEXTS[reason];
    expect([means, words, remedy].every((text) => text.length > 5)).toBe(true);
    expect(dropReasonWords(reason)).toBe(words);
  }
  expect(dropReasonWords("lost_in_space")).toBe("lost in space");
  expect(dropReasonWords("toString")).toBe("toString");
});
