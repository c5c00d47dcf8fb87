import type { TraceSummary } from "@everspan/protocol";
import { expect, test } from "vitest";
import { NO_TRACES, type TraceList, withFirstPage, withNextPage } from "./trace-list.ts";

const page = (ids: string, nextCursor: string | null): TraceList => ({
  traces: [...ids].map((traceId) => ({ traceId }) as TraceSummary),
  nextCursor,
});
const ids = (list: TraceList) => list.traces.map((trace) => trace.traceId).join("");

test("a refresh puts new traces on top and keeps the pages that were loaded below", () => {
  const loaded = withNextPage(withFirstPage(NO_TRACES, page("abc", "1")), page("def", "2"));
  const refreshed = withFirstPage(loaded, page("xab", "9"));
  expect(ids(refreshed)).toBe("xabcdef");
  expect(refreshed.nextCursor).toBe("2");
});

test("a page that shares nothing with the list would leave a gap, so the list begins anew", () => {
  expect(withFirstPage(page("abc", "1"), page("xyz", "7"))).toEqual(page("xyz", "7"));
});

test("a trace that moved to a later page is not shown twice", () => {
  expect(ids(withNextPage(page("abc", "1"), page("cde", null)))).toBe("abcde");
});
