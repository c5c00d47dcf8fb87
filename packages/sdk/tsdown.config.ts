import { defineConfig } from "tsdown";

/** ESM and CommonJS with types of their own; the protocol package is bundled, nothing else is. */
export default defineConfig({
  entry: {
    index: "src/index.ts",
  },
  format: ["esm", "cjs"],
  platform: "node",
  target: "node20.19",
  fixedExtension: false,
  dts: true,
  sourcemap: false,
  clean: true,
});
