// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DEFAULT_SORT } from "../state/address/list-address.ts";
import { listTraces } from "./collector-client.ts";
import { askEarly, firstPathOf, takeEarlyAnswer } from "./early-answer.ts";

beforeEach(() => {
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => Response.json({ traces: [], nextCursor: null })),
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  window.history.replaceState(null, "", "/");
});

test("knows what the list and a run begin with, and leaves other pages and filters alone", () => {
  expect(firstPathOf("/traces/4bf9", "?span=s")).toBe("/api/traces/4bf9?limit=300");
  expect(firstPathOf("/traces/a%20b", "")).toBeUndefined();
  expect(firstPathOf("/", "?q=status%3Aerror")).toBeUndefined();
  expect(firstPathOf("/overview", "")).toBeUndefined();
});

test("the list takes the answer that was asked for early, and only once", async () => {
  askEarly();
  const { signal } = new AbortController();
  await listTraces({ limit: 50, sort: DEFAULT_SORT }, signal);
  expect(fetch).toHaveBeenCalledTimes(1);
  await listTraces({ limit: 50, sort: DEFAULT_SORT }, signal);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("an answer that nobody took is asked for anew later", () => {
  vi.useFakeTimers();
  askEarly();
  vi.advanceTimersByTime(5_000);
  vi.useRealTimers();
  expect(takeEarlyAnswer("/api/traces?limit=50&sort=-startTime")).toBeUndefined();
});

test("a failure is seen by who takes it, and by nobody else", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  askEarly();
  await expect(takeEarlyAnswer("/api/traces?limit=50&sort=-startTime")).rejects.toThrow("no network");
});
