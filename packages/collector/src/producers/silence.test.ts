import { expect, test } from "vitest";
import { stateBySilence } from "./silence.ts";

const BEATING = { openSpans: 2, heartbeatMs: 10_000 };

test.each([
  [0, "running"],
  [30_000, "running"],
  [30_001, "stalled"],
  [120_000, "stalled"],
  [120_001, "lost"],
] as const)("with spans open, after %d ms of silence at an interval of 10 s it is %s", (silentMs, state) => {
  expect(stateBySilence(BEATING, silentMs)).toBe(state);
});

test.each([
  { openSpans: 0, heartbeatMs: 10_000 },
  { openSpans: 2, heartbeatMs: 0 },
  { openSpans: 2, heartbeatMs: null },
])("where no sign of life was to be expected, silence is idle: %j", (producer) => {
  expect(stateBySilence(producer, 30_000)).toBe("running");
  expect(stateBySilence(producer, 30_001)).toBe("idle");
  expect(stateBySilence(producer, 1e12)).toBe("idle");
});

test("an interval that is shorter than a network's moods counts as a second", () => {
  expect(stateBySilence({ openSpans: 1, heartbeatMs: 1 }, 3_000)).toBe("running");
  expect(stateBySilence({ openSpans: 1, heartbeatMs: 1 }, 12_001)).toBe("lost");
});
