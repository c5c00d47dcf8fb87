import { expect, test } from "vitest";
import { LoopShare } from "./loop-share.ts";

test("the share is that of the window under way, or of the last one while it is young", () => {
  const share = new LoopShare(1_000, 400);
  expect(share.at(1_000, 400)).toBe(0);
  share.look(5_999, 500);
  expect(share.at(5_000, 500)).toBe(0.025);
  share.look(6_000, 500);
  expect(share.at(6_999, 600)).toBe(0.02);
  expect(share.at(7_000, 600)).toBe(0.1);
});

test("a window that nobody looked at is as long as it was", () => {
  const share = new LoopShare(0, 0);
  share.look(3_600_000, 360);
  expect(share.at(3_600_000, 360)).toBe(0.0001);
});
