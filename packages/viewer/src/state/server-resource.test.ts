import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CollectorError } from "../api/collector-error.ts";
import { ServerResource } from "./server-resource.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("V2 what was loaded stays when the collector goes away, says it is stale, and is renewed when it is back", async () => {
  let answer: () => Promise<string> = async () => "first";
  const resource = new ServerResource(() => answer());
  const stop = resource.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(0);
  const { loadedAtMs } = resource.snapshot();

  answer = () => Promise.reject(new CollectorError("unreachable", "gone"));
  resource.refresh();
  await vi.advanceTimersByTimeAsync(500);
  expect(resource.snapshot()).toMatchObject({ value: "first", loadedAtMs, error: { kind: "unreachable" } });

  answer = async () => "second";
  await vi.advanceTimersByTimeAsync(10_000);
  expect(resource.snapshot()).toMatchObject({ value: "second", error: undefined });
  stop();
});

test("V2 a token that is refused in mid-session shows the error and keeps the data", async () => {
  let answer: () => Promise<string> = async () => "first";
  const resource = new ServerResource(() => answer());
  resource.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(0);
  answer = () => Promise.reject(new CollectorError("unauthorized", "a token is required"));
  resource.refresh();
  await vi.advanceTimersByTimeAsync(500);
  expect(resource.snapshot()).toMatchObject({ value: "first", error: { kind: "unauthorized" } });
});

test("many refreshes are one load", async () => {
  let loads = 0;
  const resource = new ServerResource(async () => ++loads);
  resource.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(0);
  for (let n = 0; n < 100; n++) resource.refresh();
  await vi.advanceTimersByTimeAsync(5000);
  expect(loads).toBe(2);
});

test("what is under way is aborted when nobody listens any more", async () => {
  const signals: AbortSignal[] = [];
  const resource = new ServerResource((signal) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  resource.subscribe(() => {})();
  expect(signals.map((signal) => signal.aborted)).toEqual([true]);
});
