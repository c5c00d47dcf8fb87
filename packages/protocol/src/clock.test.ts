import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("what is scheduled runs once, unless it is taken back; a time that is past is now", async () => {
  const ran: string[] = [];
  systemClock.schedule(() => ran.push("taken back"), 0, true)();
  await new Promise<void>((resolve) => {
    systemClock.schedule(() => ran.push("past"), -5, true);
    systemClock.schedule(resolve, 5, true);
  });
  expect(ran).toEqual(["past"]);
});

test("a delay that no timer takes is a long one, not none", async () => {
  let hasRun = false;
  const cancel = systemClock.schedule(() => (hasRun = true), 2 ** 40, false);
  await new Promise<void>((resolve) => systemClock.schedule(resolve, 20, true));
  cancel();
  expect(hasRun).toBe(false);
});

test("what is deferred runs after what waits already, and the clocks go on", async () => {
  const order: string[] = [];
  const before = systemClock.monotonicMs();
  await new Promise<void>((resolve) => {
    systemClock.defer(() => {
      order.push("deferred");
      resolve();
    });
    queueMicrotask(() => order.push("waiting"));
  });
  expect(order).toEqual(["waiting", "deferred"]);
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
  expect(Math.abs(systemClock.wallMs() - Date.now())).toBeLessThan(60_000);
});
