/** The lean build: the same sources, with what a runtime without Node.js lacks replaced by files of `src/edge`. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "tsdown";
import { EVERYWHERE } from "./entries.ts";

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

/** By the end of the path of what is replaced; `src/edge/replacements.test.ts` holds that they are interchangeable. */
const REPLACED: Readonly<Record<string, string>> = {
  "overhead/heap-limit.ts": "edge/heap-limit.ts",
  "overhead/measured-capturer.ts": "edge/measured-capturer.ts",
  "overhead/overhead-budget.ts": "edge/overhead-budget.ts",
  "recording/spool-config.ts": "edge/spool-config.ts",
  "delivery/pipeline.ts": "edge/pipeline.ts",
  "transport/unix-address.ts": "edge/unix-address.ts",
  "transport/http-transport.ts": "edge/http-transport.ts",
  "exporters/collector/sender.ts": "edge/collector-sender.ts",
  "exporters/backend/foreign-exporter.ts": "edge/foreign-exporter.ts",
  "exporters/local/file-exporter.ts": "edge/file-exporter.ts",
  "encoding/compression.ts": "edge/compression.ts",
  "delivery/record-sources.ts": "edge/record-sources.ts",
  "observability/observer.ts": "edge/observer.ts",
  "recording/tracer.ts": "edge/tracer.ts",
  "recording/trace-reading.ts": "edge/trace-reading.ts",
  "observability/second-copy.ts": "edge/second-copy.ts",
  "recording/fresh-seed.ts": "edge/fresh-seed.ts",
  "src/read-spool.ts": "edge/read-spool.ts",
};
const MODULES: Readonly<Record<string, string>> = {
  "node:crypto": "edge/platform/node-crypto.ts",
  "node:events": "edge/platform/node-stream.ts",
  "node:stream": "edge/platform/node-stream.ts",
  "node:util": "edge/platform/node-util.ts",
};
const GLOBALS = "edge/platform/globals.ts";

const replacing = {
  name: "everspan-edge",
  resolveId: {
    order: "pre" as const,
    async handler(
      this: { resolve(id: string, from?: string, options?: object): Promise<{ id: string } | null> },
      id: string,
      from: string | undefined,
    ) {
      const builtIn = MODULES[id];
      if (builtIn !== undefined) return source(builtIn);
      if (!id.endsWith(".ts") || from?.includes("/src/edge/")) return undefined;
      const found = await this.resolve(id, from, { skipSelf: true });
      const replaced = Object.keys(REPLACED).find((path) => found?.id.endsWith(`/${path}`));
      return replaced === undefined ? undefined : source(REPLACED[replaced]!);
    },
  },
};

/** Entries that need a process, a socket or Node's own modules stay with the usual build. */
export default defineConfig({
  entry: { ...EVERYWHERE, edge: "src/edge.ts", browser: "src/browser.ts" },
  outDir: "dist/edge",
  format: "esm",
  platform: "neutral",
  target: "es2022",
  fixedExtension: false,
  dts: false,
  tsconfig: "tsconfig.build.json",
  plugins: [replacing],
  inputOptions: (options) => ({
    ...options,
    optimization: { inlineConst: { mode: "all", pass: 3 } },
    transform: {
      ...options.transform,
      inject: {
        Buffer: [source("edge/platform/buffer.ts"), "Buffer"],
        process: [source(GLOBALS), "process"],
        FinalizationRegistry: [source(GLOBALS), "Registry"],
        WeakRef: [source(GLOBALS), "Weak"],
      },
    },
  }),
  define: { "Number.POSITIVE_INFINITY": "Infinity", "Number.NEGATIVE_INFINITY": "-Infinity" },
  // Lines, comments and names stay: who debugs an application reads them.
  minify: {
    compress: { keepNames: { function: true, class: true }, joinVars: false, sequences: false },
    mangle: false,
    codegen: { removeWhitespace: false },
  },
  deps: { alwaysBundle: [/^@everspan\//], neverBundle: ["node:async_hooks"] },
});
