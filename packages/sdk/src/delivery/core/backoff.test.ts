import { describe, expect, test } from "vitest";
import { Backoff, BUSY_BACKOFF, backoffMs, PAUSED_BACKOFF } from "./backoff.ts";

const least = () => 0;
const middle = () => 0.5;

describe("the wait after a failure", () => {
  test.each([
    [1, BUSY_BACKOFF, 100, 200],
    [2, BUSY_BACKOFF, 200, 400],
    [5, BUSY_BACKOFF, 1_600, 3_200],
    [6, BUSY_BACKOFF, 2_500, 5_000],
    [5_000, BUSY_BACKOFF, 2_500, 5_000],
    [1, PAUSED_BACKOFF, 500, 1_000],
    [9, PAUSED_BACKOFF, 15_000, 30_000],
  ])("number %i with %j is drawn from %i to %i ms", (failures, options, from, to) => {
    expect(backoffMs(failures, options, least)).toBe(from);
    expect(backoffMs(failures, options, () => 1)).toBe(to);
  });
});

describe("a lane that backs off", () => {
  test("takes what was sent until the last failure as one wave with it", () => {
    const backoff = new Backoff(middle);
    backoff.failed(0, BUSY_BACKOFF, 100);
    expect(backoff).toMatchObject({ failures: 1, isProbing: true, notBeforeMs: 250 });
    for (const sentAtMs of [0, 99, 100]) backoff.failed(sentAtMs, BUSY_BACKOFF, 200);
    expect(backoff).toMatchObject({ failures: 1, isProbing: true, notBeforeMs: 250 });
    backoff.failed(101, BUSY_BACKOFF, 200);
    expect(backoff).toMatchObject({ failures: 2, notBeforeMs: 500 });
  });

  test("forgets half of its failures with each success, and probes no longer after the first", () => {
    const backoff = new Backoff(middle);
    for (let i = 1; i <= 5; i++) backoff.failed(1_000 * i, BUSY_BACKOFF, 1_000 * i);
    expect(backoff.failures).toBe(5);
    const seen = [1, 2, 3].map(() => {
      backoff.succeeded();
      return [backoff.failures, backoff.isProbing];
    });
    expect(seen).toEqual([
      [2, false],
      [1, false],
      [0, false],
    ]);
  });

  test("never goes sooner than it was to go before", () => {
    const backoff = new Backoff(middle);
    backoff.wait(10_000, 0);
    backoff.failed(1, BUSY_BACKOFF, 2);
    expect(backoff.notBeforeMs).toBe(10_000);
    backoff.wait(500, 5_000);
    expect(backoff.notBeforeMs).toBe(10_000);
    backoff.wait(5_001, 5_000);
    expect(backoff.notBeforeMs).toBe(10_001);
  });

  test.each([undefined, 0, -1, Number.NaN, Number.NEGATIVE_INFINITY])("is asked for nothing by %s", (askedMs) => {
    const backoff = new Backoff(middle);
    backoff.wait(askedMs, 1_000);
    expect(backoff.notBeforeMs).toBe(Number.NEGATIVE_INFINITY);
  });
});
