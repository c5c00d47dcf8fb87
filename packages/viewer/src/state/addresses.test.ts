import { describe, expect, test } from "vitest";
import { ALL_OPEN } from "../model/fold.ts";
import { listAddress, readListAddress } from "./list-address.ts";
import { readTraceAddress, type TraceView, traceAddress } from "./trace-address.ts";

const at = (address: string) => new URL(address, "http://viewer.test");

describe("a trace's address", () => {
  const plain: TraceView = { traceId: "4bf9", spanId: null, tab: null, find: "", zoomId: null, fold: ALL_OPEN };

  test.each<[string, Partial<TraceView>]>([
    ["nothing but the trace", {}],
    ["a span and its tab", { spanId: "1b9d", tab: "raw" }],
    ["a search and a zoom", { find: "a&b=c #é", zoomId: "s/1" }],
    ["folded spans", { fold: { base: "open", toggled: new Set(["a,b", "c"]) } }],
    ["all folded but one", { fold: { base: "folded", toggled: new Set(["x"]) } }],
    ["an id with every kind of character", { traceId: "task/1 ?#%ü", spanId: "‮" }],
  ])("restores %s", (_, change) => {
    const view = { ...plain, ...change };
    expect(readTraceAddress(at(traceAddress(view)))).toEqual(view);
  });

  test("what is unknown in it is left out, and another path is no trace", () => {
    expect(readTraceAddress(at("/traces/a?tab=nonsense&folded=no"))).toEqual({ ...plain, traceId: "a" });
    expect(readTraceAddress(at("/"))).toBeNull();
    expect(readTraceAddress(at("/traces/a/b"))).toBeNull();
    expect(readTraceAddress(at("/traces/%E0%A4%A"))).toBeNull();
  });

  test("stays short with thousands of folded spans", () => {
    const toggled = new Set(Array.from({ length: 5000 }, (_, n) => `span-${n}`));
    expect(traceAddress({ ...plain, fold: { base: "open", toggled } }).length).toBeLessThan(2100);
  });
});

describe("the list's address", () => {
  test("restores search, status, service and order", () => {
    const view = { q: "a b&c", status: "ERROR", service: "s/1", sort: "durationMs" } as const;
    expect(readListAddress(at(listAddress(view)))).toEqual(view);
  });

  test("the plain list has the plain address, and unknown values are ignored", () => {
    expect(listAddress(readListAddress(at("/?status=WRONG&sort=colour")))).toBe("/");
  });
});
