import { mergeSnapshots, type SpanSnapshot } from "@everspan/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { snapshot } from "../trace-store.contract.ts";
import { versionOf } from "./versions.ts";

const anySnapshot: fc.Arbitrary<SpanSnapshot> = fc
  .record({
    phase: fc.constantFrom("started" as const, "ended" as const),
    revision: fc.oneof(fc.nat(2), fc.constant(2 ** 52 - 1)),
    name: fc.constantFrom("x", "y", "z"),
  })
  .map((fields) => snapshot({ id: "s", ...fields }));

test("the greater version is the snapshot that the merge rule lets stand", () => {
  fc.assert(
    fc.property(anySnapshot, anySnapshot, (a, b) => {
      const { winner, verdict } = mergeSnapshots(a, b);
      const [ofA, ofB] = [versionOf(a), versionOf(b)];
      if (verdict === "duplicate") expect(ofA).toBe(ofB);
      else expect(winner).toBe(ofA > ofB ? a : b);
      expect(ofA).toBeLessThan(1n << 128n);
    }),
  );
});
