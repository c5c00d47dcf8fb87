import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { captureId } from "./id.ts";

describe("an id", () => {
  it("that back ends take stays as it is", () => {
    for (const id of ["a", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "x".repeat(256), "é".repeat(128)]) {
      expect(captureId(id)).toBe(id);
    }
  });

  it("of any kind becomes one that back ends take, the same one each time", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 2_000 }), fc.anything()), (value) => {
        const id = captureId(value);
        expect(Buffer.byteLength(id)).toBeLessThanOrEqual(256);
        expect(id).not.toContain("\0");
        expect(Buffer.from(id).toString()).toBe(id);
        expect(captureId(value)).toBe(id);
      }),
    );
  });

  it("that is too long is told apart from others that begin like it", () => {
    const ids = ["a", "b"].map((end) => captureId(`${"x".repeat(300)}${end}`));
    expect(new Set(ids).size).toBe(2);
    expect(captureId("x".repeat(20_000_000))).toHaveLength(64 + 1 + 32);
  });
});

describe("an id that no back end would take", () => {
  const digits = /~[0-9a-f]{32}$/;

  it.each<[string, unknown, string]>([
    ["with NULs", "a\0b\0", "a\ufffdb\ufffd"],
    ["with a lone surrogate", "a\ud800", "a\ufffd"],
    ["that is a number", 7, "7"],
    ["that is nothing", undefined, "[undefined]"],
    ["that is empty", "", ""],
    ["of 85 characters of three bytes", "日".repeat(85), "日".repeat(85)],
  ])("%s is made one", (_, given, expected) => {
    expect(captureId(given)).toBe(expected);
  });

  it.each([
    ["257 bytes", "x".repeat(257), "x".repeat(64)],
    ["86 characters of three bytes", "日".repeat(86), "日".repeat(64)],
    ["129 of two", "é".repeat(129), "é".repeat(64)],
    ["16 KiB", "x".repeat(16 * 1024), "x".repeat(64)],
    ["more than that", "x".repeat(16 * 1024 + 1), "x".repeat(64)],
    ["more than that, with NULs", "\0".repeat(20_000), "\ufffd".repeat(64)],
  ])("of %s is its head and 32 digits of a hash", (_, given, head) => {
    const id = captureId(given);
    expect(id.slice(0, 64)).toBe(head);
    expect(id).toMatch(digits);
    expect(id).toHaveLength(64 + 1 + 32);
  });

  it("is told apart by its first 16 Ki characters and its length, and by nothing behind", () => {
    const of = (...parts: [string, number][]) => captureId(parts.map(([text, count]) => text.repeat(count)).join(""));
    const usual = of(["x", 30_000]);
    expect(of(["x", 16_000], ["y", 1], ["x", 13_999])).not.toBe(usual);
    expect(of(["x", 30_001])).not.toBe(usual);
    expect(of(["x", 20_000], ["y", 10_000])).toBe(usual);
  });

  it("is the same one in every process and every release", () => {
    expect(captureId("x".repeat(300))).toBe(`${"x".repeat(64)}~0d4e2ca9e9cbced7a7a5380eb29e1a37`);
  });
});
