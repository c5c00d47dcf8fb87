import { describe, expect, test } from "vitest";
import { ForeignTime } from "./foreign-time.ts";

function setUp(maxMs = 10) {
  const clock = { nowMs: 1_000 };
  const time = new ForeignTime(() => clock.nowMs, maxMs);
  time.begin();
  const slow = (ms: number) => ({
    get text() {
      clock.nowMs += ms;
      return "read";
    },
  });
  return { time, clock, slow };
}

describe("the time in the application's own code", () => {
  test("is not looked at before a slice of the walk took more than 2 ms", () => {
    const { time, clock } = setUp();
    clock.nowMs += 100;
    time.slice();
    expect(time.isWatching).toBe(false);
    clock.nowMs += 2;
    time.slice();
    expect(time.isWatching).toBe(false);
    clock.nowMs += 3;
    time.slice();
    expect(time.isWatching).toBe(true);
    time.slice();
    expect(time.isWatching).toBe(true);
    time.begin();
    expect(time.isWatching).toBe(false);
    clock.nowMs += 100;
    time.slice();
    expect(time.isWatching).toBe(false);
  });

  test("is used up by several reads, and by none alone", () => {
    const { time, slow } = setUp(10);
    expect(time.read(slow(1_000), "text")).toBe("read");
    expect(time.isUsedUp).toBe(false);
    expect(time.read(slow(4), "text")).toBe("read");
    expect(time.isUsedUp).toBe(false);
    time.read(slow(1), "text");
    expect(time.isUsedUp).toBe(true);
    time.begin();
    expect(time.isUsedUp).toBe(false);
    time.read(slow(5), "text");
    expect(time.isUsedUp).toBe(false);
  });

  test("is that of getters and proxies: reading plain data costs nothing, whatever the clock says", () => {
    let readings = 0;
    const time = new ForeignTime(() => ++readings * 1_000, 10);
    time.begin();
    expect(time.read({ text: "plain" }, "text")).toBe("plain");
    expect(time.read({}, "text")).toBeUndefined();
    expect(readings).toBe(0);
    expect(time.read(new Proxy({ text: "proxied" }, {}), "text")).toBe("proxied");
    expect(readings).toBe(2);
  });

  test("is charged, too, for what throws", () => {
    const { time, clock } = setUp(10);
    for (let i = 0; i < 2; i++) {
      expect(() =>
        time.charge(() => {
          clock.nowMs += 50;
          throw new Error("mine");
        }),
      ).toThrow("mine");
    }
    expect(time.isUsedUp).toBe(true);
  });
});
