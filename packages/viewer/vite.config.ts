import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { earlyScript } from "./early-script.ts";
import { precompress } from "./precompress.ts";

const page = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// A browser asks for six files at a time, so what is always needed together is one.
/** What is asked for first, and what all scripts share of the bundler's own. */
const BEGIN = {
  name: "begin",
  test: /src\/(?:begin|api\/(?:early-answer|access-token))\.ts$|rolldown\/runtime/,
  priority: 3,
};
/** What every page needs. */
const BASE = { name: "base", tags: ["$initial" as const], priority: 2 };
/** What a run's page needs beyond that. */
const RUN = { name: "run", test: /src\/pages\/trace-page\.tsx$/, priority: 1 };

/**
 * The build must run under the collector's strict content security policy: no inline script or style, nothing inlined
 * as a `data:` module, no polyfill that is injected at run time.
 */
export default defineConfig({
  plugins: [react(), earlyScript("begin", "/src/begin.ts"), precompress()],
  resolve: {
    // Its build for browsers reads `&lt;` by `innerHTML`, which Trusted Types forbid; the one for servers has a table.
    alias: {
      "decode-named-character-reference": fileURLToPath(import.meta.resolve("decode-named-character-reference")),
    },
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // One sheet: a part that comes later is drawn when its script is there, and waits for no second request.
    cssCodeSplit: false,
    rolldownOptions: {
      input: { index: page("index.html"), begin: page("src/begin.ts") },
      output: { codeSplitting: { groups: [BEGIN, BASE, RUN] } },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:4318" } },
});
