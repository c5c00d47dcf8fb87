import { defineConfig } from "tsdown";

/** What the main entry has in common with the parts that are loaded later: one file to read at start-up, not ten. */
const SHARED =
  /sdk\/src\/(clock|diagnostics|capture\/(nodes|to-json|well-formed)|delivery\/(span-record|core\/revision))\.ts$|protocol\/src\/(errors|ids|span-type|timestamp)\.ts$/;

/** ESM and CommonJS with types of their own; the protocol package is bundled, nothing else is. */
export default defineConfig({
  entry: {
    index: "src/index.ts",
    lifecycle: "src/lifecycle/index.ts",
    fastify: "src/lifecycle/fastify.ts",
    express: "src/lifecycle/express.ts",
    hono: "src/lifecycle/hono.ts",
    next: "src/lifecycle/next.ts",
    propagation: "src/propagation.ts",
    testing: "src/testing.ts",
  },
  format: ["esm", "cjs"],
  platform: "node",
  target: "node20.19",
  fixedExtension: false,
  dts: true,
  tsconfig: "tsconfig.build.json",
  // A process that ends at once loads this chunk by its name, see `load-at-exit.ts`.
  outputOptions: (options) => ({
    ...options,
    codeSplitting: { groups: [{ name: "shared", test: SHARED }] },
    chunkFileNames: (chunk) => {
      const usual = options.chunkFileNames;
      const name = typeof usual === "function" ? usual(chunk) : (usual ?? "[name]-[hash].js");
      return chunk.name === "spooler" ? name.replace("[name]-[hash]", "spooling") : name;
    },
  }),
  deps: { alwaysBundle: [/^@everspan\//] },
});
