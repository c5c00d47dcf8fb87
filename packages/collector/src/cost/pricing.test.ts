import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPriceOverrides } from "./price-overrides.ts";
import { PRICE_TABLE_VERSION } from "./price-table.ts";
import { Pricing } from "./pricing.ts";

const AT = new Date("2026-11-01T00:00:00Z");
const million = { inputTokens: 1_000_000, outputTokens: 0 };

describe("what a call cost", () => {
  test("is what its sender says, before any table", () => {
    const cost = new Pricing().costOf({ model: "gpt-4o-mini", usage: { ...million, costUsd: 7 } }, AT);
    expect(cost).toEqual({ costUsd: 7, source: "sender", isEstimate: false });
  });

  test.each([
    ["gpt-4o-mini-2024-07-18", undefined, 0.15],
    ["gpt-4o-mini-2024-07-18", "openai.responses", 0.15],
    ["openai/gpt-4o-mini", "openrouter-of-mine", 0.15],
    ["claude-opus-4-1-20250805", "anthropic.messages", 15],
    ["text-embedding-3-small", undefined, 0.02],
  ])("%s of %s is in the table", (model, provider, dollars) => {
    const cost = new Pricing().costOf({ model, ...(provider && { provider }), usage: million }, AT);
    expect(cost?.costUsd).toBeCloseTo(dollars, 6);
    expect(cost).toMatchObject({ source: PRICE_TABLE_VERSION, isEstimate: false });
  });

  test("counts what a cache gave and took at its own price", () => {
    const usage = {
      inputTokens: 1_000_000,
      outputTokens: 0,
      cacheReadTokens: 500_000,
      cacheWriteTokens: 500_000,
      cacheWrite1hTokens: 500_000,
    };
    expect(new Pricing().costOf({ model: "claude-opus-4-1", usage }, AT)?.costUsd).toBeCloseTo(0.75 + 15, 6);
  });

  test("is halved for batch and flex, and called an estimate", () => {
    const usage = { ...million, serviceTier: "flex" };
    const cost = new Pricing().costOf({ model: "gpt-4o-mini", usage }, AT);
    expect(cost?.costUsd).toBeCloseTo(0.075, 6);
    expect(cost?.isEstimate).toBe(true);
  });

  test.each([
    { model: "my-own-model", usage: million },
    { usage: million },
    { model: "gpt-4o-mini" },
    { model: "gpt-4o-mini", usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 9 } },
  ])("is unknown rather than 0: %j", (call) => {
    expect(new Pricing().costOf(call, AT)).toBeUndefined();
  });

  test("the version of the table is that of the package", () => {
    const require = createRequire(import.meta.url);
    const entry = require.resolve("@pydantic/genai-prices");
    const { version } = require(join(entry.slice(0, entry.lastIndexOf("dist")), "package.json")) as { version: string };
    expect(PRICE_TABLE_VERSION).toBe(`genai-prices@${version}`);
  });
});

describe("the user's own prices", () => {
  const withFile = (content: string) => {
    const directory = mkdtempSync(join(tmpdir(), "prices-"));
    try {
      writeFileSync(join(directory, "prices.json"), content);
      return readPriceOverrides(join(directory, "prices.json"));
    } finally {
      rmSync(directory, { recursive: true });
    }
  };

  test("beat the table", () => {
    const overrides = withFile('{"prices":[{"model":"gpt-4o*","input":2,"output":4,"cacheRead":1}]}');
    const usage = { inputTokens: 1_000_000, outputTokens: 500_000, cacheReadTokens: 500_000 };
    const cost = new Pricing(overrides).costOf({ model: "gpt-4o-mini", usage }, AT);
    expect(cost).toEqual({ costUsd: 1 + 0.5 + 2, source: "override", isEstimate: false });
  });

  test.each([
    ["not JSON", "can't be read"],
    ['{"prices":[{"model":"x","input":-1,"output":1}]}', "prices.0.input"],
    ['{"prices":[{"model":"x","input":1,"output":1,"typo":1}]}', "typo"],
  ])("%s is refused, saying where", (content, words) => {
    expect(() => withFile(content)).toThrow(words);
  });
});
