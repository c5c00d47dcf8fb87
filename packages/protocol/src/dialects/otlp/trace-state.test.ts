import { expect, test } from "vitest";
import { fromOtlpJson } from "./from-otlp.ts";
import { otlpSpanId, otlpTraceId } from "./otlp-ids.ts";
import { idsOfTraceState, traceStateEntries } from "./trace-state.ts";

test("entries are read in their order, with the spaces that the standard allows", () => {
  expect([...traceStateEntries("a=1 ,\tvendor@b=two words, ,everspan=s:x")!]).toEqual([
    ["a", "1"],
    ["vendor@b", "two words"],
    ["everspan", "s:x"],
  ]);
});

test.each([
  ["a key twice", "a=1,a=2"],
  ["a key in capitals", "A=1"],
  ["no value", "a="],
  ["33 entries", Array.from({ length: 33 }, (_, i) => `k${i}=1`).join(",")],
  ["too long", `a=${"x".repeat(5000)}`],
])("a header with %s counts as absent", (_, header) => {
  expect(traceStateEntries(header)).toBeUndefined();
});

test("a header may have 32 entries and 4,096 characters", () => {
  const entries = Array.from({ length: 32 }, (_, i) => `k${i}=1`).join(",");
  expect(traceStateEntries(entries)?.size).toBe(32);
  expect(traceStateEntries(`a=1${" ".repeat(4_093)}`)?.size).toBe(1);
  expect(traceStateEntries(`a=1${" ".repeat(4_094)}`)).toBeUndefined();
  expect([...traceStateEntries("  \ta=1\t  ,")!]).toEqual([["a", "1"]]);
});

test("an id has 256 characters at most, and is not empty", () => {
  expect(idsOfTraceState(`s:${"x".repeat(256)}`)).toEqual({ spanId: "x".repeat(256) });
  expect(idsOfTraceState("s:;t:a")).toStrictEqual({ traceId: "a" });
  expect(idsOfTraceState("s:a")).toStrictEqual({ spanId: "a" });
});

test("an entry's ids are decoded, and what is no id is left out", () => {
  expect(idsOfTraceState("s:a%3Bb;t:task-1")).toEqual({ spanId: "a;b", traceId: "task-1" });
  expect(idsOfTraceState("s:%E0%A4%A;t:")).toEqual({});
  expect(idsOfTraceState(`s:${"x".repeat(257)};t:a%00b;u:1`)).toEqual({});
});

const PARENT = "0b3f1c1e-7a52-4c57-9a5b-0d1f6c2e9f11";
const span = (spanId: string, parentSpanId: string, traceState: string) => ({
  ...{ traceId: otlpTraceId("task-1"), spanId, parentSpanId, traceState },
  ...{ name: "work", startTimeUnixNano: "1", endTimeUnixNano: "2" },
});

function placesOf(...spans: object[]) {
  const decoded = fromOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.snapshots.map(({ traceId, parentId }) => [traceId, parentId]);
}

test("another tracer's span below one of ours stands in our trace, and its first one under our span", () => {
  const [child, grandchild] = ["00f067aa0ba902b7", "00f067aa0ba902b8"];
  const traceState = `everspan=s:${PARENT};t:task-1,other=1`;
  expect(placesOf(span(child, otlpSpanId(PARENT), traceState), span(grandchild, child, traceState))).toEqual([
    ["task-1", PARENT],
    ["task-1", child],
  ]);
});

test("an entry that is of another trace or span moves nothing", () => {
  const parent = otlpSpanId(PARENT);
  const traceId = otlpTraceId("task-1");
  expect(placesOf(span("00f067aa0ba902b7", parent, "everspan=s:someone-else;t:task-2"))).toEqual([[traceId, parent]]);
  expect(placesOf(span("00f067aa0ba902b7", parent, `everspan=s:${PARENT},everspan=t:task-1`))).toEqual([
    [traceId, parent],
  ]);
});
