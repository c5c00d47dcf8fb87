import type { ProducerState, StoredSpan, TraceSummary } from "@everspan/protocol";
import { expect, test } from "vitest";
import { spanAt } from "../../testing/draw-trace.ts";
import { summarize } from "../../testing/summarize.ts";
import { LIVENESS_MEANINGS, LIVENESS_WORDS, mayStillEnd, spanLiveness, traceLiveness } from "./liveness.ts";

const open = (producerState?: ProducerState): StoredSpan => ({
  ...spanAt("s", 0, undefined),
  ...(producerState !== undefined && { producerState }),
});
const ended = (type?: string): StoredSpan => ({
  ...spanAt("e", 0, 10),
  ...(type !== undefined && { status: "ERROR", error: { type, message: "" } }),
});

test.each([
  [open(), "running"],
  [open("running"), "running"],
  [open("idle"), "running"],
  [open("stalled"), "stalled"],
  [open("lost"), "lost"],
  [open("ended"), "left-open"],
  [ended(), null],
  [ended("TypeError"), null],
  [ended("Interrupted"), "interrupted"],
] as const)(
  "an open span is what its process is, an ended one nothing unless it was interrupted: case %#",
  (span, liveness) => {
    expect(spanLiveness(span)).toBe(liveness);
  },
);

const summary = (...spans: StoredSpan[]): TraceSummary =>
  summarize(
    "t",
    spans.map((span, index) => ({ ...span, id: `s${index}` })),
  );

test.each([
  [[ended(), ended("TypeError")], null],
  [[ended("Interrupted"), ended()], "interrupted"],
  [[open("ended"), ended("Interrupted")], "left-open"],
  [[open("lost"), open("ended")], "lost"],
  [[open("running"), open("lost"), ended("Interrupted")], "running"],
  [[open("stalled"), open("running")], "stalled"],
] as const)("a trace is what matters most of its spans: case %#", (spans, liveness) => {
  expect(traceLiveness(summary(...spans))).toBe(liveness);
});

test("an end may still come while the process is not gone, and each state has its own word and meaning", () => {
  expect((["running", "stalled", "lost", "left-open", "interrupted", null] as const).filter(mayStillEnd)).toEqual([
    "running",
    "stalled",
  ]);
  expect(new Set(Object.values(LIVENESS_WORDS)).size).toBe(5);
  expect(new Set(Object.values(LIVENESS_MEANINGS)).size).toBe(5);
});
