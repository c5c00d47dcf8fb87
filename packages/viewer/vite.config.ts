import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { earlyScript } from "./early-script.ts";
import { precompress } from "./precompress.ts";

const page = (path: string) => fileURLToPath(new URL(path, import.meta.url));

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
    rolldownOptions: { input: { index: page("index.html"), begin: page("src/begin.ts") } },
  },
  server: { proxy: { "/api": "http://127.0.0.1:4318" } },
});
