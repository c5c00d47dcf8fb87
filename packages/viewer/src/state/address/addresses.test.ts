import { describe, expect, test } from "vitest";
import { listAddress, readListAddress } from "./list-address.ts";
import { readTraceAddress, type TraceView, traceAddress, WHOLE_TRACE } from "./trace-address.ts";

const at = (address: string) => new URL(address, "http://viewer.test");

describe("a trace's address", () => {
  const plain: TraceView = { traceId: "4bf9", ...WHOLE_TRACE };

  test.each<[string, Partial<TraceView>]>([
    ["nothing but the trace", {}],
    ["a lens, a span and a part of it", { lens: "timeline", spanId: "1b9d", part: "raw" }],
    ["a search and a range of time", { find: "a&b=c #é", range: { fromMs: 0.25, toMs: 1200 } }],
    ["kinds that are left out", { hidden: new Set(["tool", "model"]) }],
    ["folded spans", { fold: { base: "open", toggled: new Set(["a,b", "c"]) } }],
    ["all folded but one", { fold: { base: "folded", toggled: new Set(["x"]) } }],
    ["an id with every kind of character", { traceId: "task/1 ?#%ü", spanId: "\u202e" }],
  ])("restores %s", (_, change) => {
    const view = { ...plain, ...change };
    expect(readTraceAddress(at(traceAddress(view)))).toEqual(view);
  });

  test("what is unknown in it is left out, and another path is no trace", () => {
    const odd = "/traces/a?view=x&part=nonsense&folded=no&time=9-3&hide=nobody";
    expect(readTraceAddress(at(odd))).toEqual({ ...plain, traceId: "a" });
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
  test("restores filter and order", () => {
    const view = { q: 'status:error "a b&c"', sort: "durationMs" } as const;
    expect(readListAddress(at(listAddress(view)))).toEqual(view);
  });

  test("the plain list has the plain address, and unknown values are ignored", () => {
    expect(listAddress(readListAddress(at("/?sort=colour")))).toBe("/");
  });
});
