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

const plain = { text: "plain" };

/** A clock that the test moves, and what is measured by it: `slices` looks at it, each so many ms after the one before. */
function measured(maxMs = 25) {
  let nowMs = 0;
  const time = new ForeignTime(() => nowMs, maxMs);
  time.begin();
  const pass = (ms: number) => {
    nowMs += ms;
  };
  const slices = (count: number, ms = 0) => {
    for (let i = 0; i < count; i++) {
      pass(ms);
      time.slice();
    }
  };
  slices(1);
  return { time, pass, slices };
}

test("a pause of the machine makes a capture ask each property for a while, and not for ever", () => {
  const { time, slices } = measured();
  for (let pause = 0; pause < 4; pause++) {
    slices(1, 2.5);
    expect(time.isWatching).toBe(true);
    for (let slice = 0; slice < 7; slice++) {
      expect(time.read(plain, "text")).toBe("plain");
      slices(1, 10);
      expect(time.isWatching).toBe(true);
    }
    slices(1);
    expect(time.isWatching).toBe(false);
  }
  expect(time.isUsedUp).toBe(false);
});

test("while code stands behind properties the watch goes on, and its time is charged", () => {
  const { time, pass, slices } = measured();
  const slow = Object.defineProperty({}, "text", { get: () => pass(2) });
  slices(1, 3);
  for (let i = 0; i < 12; i++) {
    expect(time.isUsedUp).toBe(false);
    slices(7);
    time.read(slow, "text");
    expect(time.isWatching).toBe(true);
  }
  time.read(slow, "text");
  expect(time.isUsedUp).toBe(true);
});

test("the fifth watch of a capture lasts: slow code that comes and goes is left uncharged for five slices, not more", () => {
  const { time, slices } = measured();
  for (let watch = 0; watch < 5; watch++) {
    slices(1, 50);
    expect(time.isWatching).toBe(true);
    slices(8);
  }
  expect(time.isWatching).toBe(true);
  slices(1_000);
  expect(time.isWatching).toBe(true);
  time.begin();
  expect(time.isWatching).toBe(false);
});
