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
