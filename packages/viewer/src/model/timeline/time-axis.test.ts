import { describe, expect, test } from "vitest";
import { instantMs } from "../text/instant.ts";
import { positionOn, timeAxis } from "./time-axis.ts";

const labels = (durationMs: number, maxTicks = 5) =>
  timeAxis(1000, 1000 + durationMs, maxTicks).ticks.map((tick) => tick.label);

describe("the time axis", () => {
  test("steps are round at every scale", () => {
    expect(labels(0.01)).toEqual(["0", "2 µs", "4 µs", "6 µs", "8 µs", "10 µs"]);
    expect(labels(95)).toEqual(["0", "20 ms", "40 ms", "60 ms", "80 ms"]);
    expect(labels(2400)).toEqual(["0", "500 ms", "1.0 s", "1.5 s", "2.0 s"]);
    expect(labels(31_840)).toEqual(["0", "10 s", "20 s", "30 s"]);
    expect(labels(355_000)).toEqual(["0", "2m", "4m"]);
    expect(labels(5 * 3_600_000)).toEqual(["0", "1h 00m", "2h 00m", "3h 00m", "4h 00m", "5h 00m"]);
  });

  test("there are never more ticks than there is room for, and the last", () => {
    for (let ms = 0.001; ms < 1e10; ms *= 1.7) expect(labels(ms, 3).length).toBeLessThanOrEqual(4);
  });

  test("a trace without duration has an axis all the same", () => {
    const axis = timeAxis(5, 5, 4);
    expect(axis.endMs).toBeGreaterThan(axis.startMs);
    expect(positionOn(axis, 5)).toBe(0);
  });

  test("when zoomed, ticks count from the trace's start and positions from the axis'", () => {
    const axis = timeAxis(10_500, 12_500, 4, 10_000);
    expect(axis.ticks[0]).toEqual({ position: 0, label: "500 ms" });
    expect(positionOn(axis, 11_500)).toBe(0.5);
    expect(positionOn(axis, 0)).toBe(0);
  });
});

describe("an instant as milliseconds", () => {
  test("keeps microseconds", () => {
    const second = Date.parse("2026-01-31T12:00:00Z");
    expect(instantMs("2026-01-31T12:00:00.123456Z") - second).toBeCloseTo(123.456, 2);
  });

  test("reads other spellings, and says NaN to what is none", () => {
    const noon = Date.parse("2026-01-31T12:00:00Z");
    expect(instantMs("2026-01-31T13:00:00+01:00")).toBe(noon);
    expect(instantMs("2026-01-31T12:00:00")).toBe(noon);
    expect(instantMs("2026-01-31Tnn:00:00.000000Z")).toBeNaN();
    expect(instantMs("")).toBeNaN();
  });
});
