import { describe, expect, test } from "vitest";
import { readFilter, termValue, withoutKey, withTerm } from "./run-filter.ts";

describe("a filter is read as the collector takes it", () => {
  test.each([
    ["", {}],
    ["refund order", { q: "refund order" }],
    ["status:error invoice", { status: "ERROR", q: "invoice" }],
    ['service:"support agent" "exact words"', { service: "support agent", q: "exact words" }],
    ["cost:>0.5 duration:<2m", { minCostUsd: "0.5", maxDurationMs: "120000" }],
    ["duration:>300ms tokens:>10k", { minDurationMs: "300", minTokens: "10000" }],
    ["status:partial ErrorType:ParseError", { status: "PARTIAL", errorType: "ParseError" }],
  ])("%s", (text, query) => {
    expect(readFilter(text).query).toEqual(query);
  });

  test("what is no term is text: an address, an unknown key, a colon alone", () => {
    expect(readFilter("https://a.test colour:red :x").query).toEqual({ q: "https://a.test colour:red :x" });
  });

  test("a term without a value is not finished, and filters nothing yet", () => {
    expect(readFilter("status: model:").query).toEqual({});
  });

  test("a bound that is no number filters nothing", () => {
    expect(readFilter("cost:>much").query).toEqual({});
  });
});

test("a term replaces the one of its key, and can be taken out", () => {
  const filter = withTerm('status:ok "a b"', "status", "error");
  expect(filter).toBe('"a b" status:error');
  expect(termValue(filter, "status")).toBe("error");
  expect(withoutKey(filter, "status")).toBe('"a b"');
  expect(withTerm("", "service", "two words")).toBe('service:"two words"');
});
