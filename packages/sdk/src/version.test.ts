import { expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { EVERSPAN_VERSION } from "./contract/version.ts";

it("is the manifest's", () => {
  expect(EVERSPAN_VERSION).toBe(manifest.version);
});
