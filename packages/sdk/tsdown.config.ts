import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { defineConfig } from "tsdown";

/**
 * All that the main entry loads, in one file: one to read at start-up, not ten, and names that only its parts use among
 * each other stay inside and are shortened by whoever minifies.
 */
const MAIN = importedBy(fileURLToPath(new URL("src/index.ts", import.meta.url)));

/** The files that a source file imports when it is loaded, itself included; dynamic imports and types are left out. */
function importedBy(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  const source = readFileSync(file, "utf8");
  for (const [, specifier] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from "([.][^"]+)";/gm)) {
    importedBy(fileURLToPath(new URL(specifier!, pathToFileURL(file))), found);
  }
  return found;
}

/** ESM and CommonJS with types of their own; the protocol package is bundled, nothing else is. */
export default defineConfig({
  entry: {
    index: "src/index.ts",
    lifecycle: "src/integrations/lifecycle/index.ts",
    fastify: "src/integrations/fastify/index.ts",
    express: "src/integrations/express/index.ts",
    hono: "src/integrations/hono/index.ts",
    next: "src/integrations/next/index.ts",
    propagation: "src/integrations/propagation/index.ts",
    agentex: "src/integrations/agentex/index.ts",
    ai: "src/integrations/ai/index.ts",
    langchain: "src/integrations/langchain/index.ts",
    "openai-agents": "src/integrations/openai-agents/index.ts",
    mcp: "src/integrations/mcp/index.ts",
    openai: "src/integrations/openai/index.ts",
    anthropic: "src/integrations/anthropic/index.ts",
    groq: "src/integrations/groq/index.ts",
    processors: "src/processors/index.ts",
    google: "src/integrations/google/index.ts",
    mistral: "src/integrations/mistral/index.ts",
    ollama: "src/integrations/ollama/index.ts",
    bedrock: "src/integrations/bedrock/index.ts",
    cohere: "src/integrations/cohere/index.ts",
    undici: "src/integrations/undici/index.ts",
    otel: "src/integrations/otel/index.ts",
    testing: "src/assertions/index.ts",
  },
  format: ["esm", "cjs"],
  platform: "node",
  target: "node20.19",
  fixedExtension: false,
  dts: true,
  tsconfig: "tsconfig.build.json",
  // A process that ends immediately loads this chunk by its name, see `load-at-exit.ts`.
  outputOptions: (options) => ({
    ...options,
    codeSplitting: { groups: [{ name: "main", test: (id) => MAIN.has(id) }] },
    chunkFileNames: (chunk) => {
      const usual = options.chunkFileNames;
      const name = typeof usual === "function" ? usual(chunk) : (usual ?? "[name]-[hash].js");
      return chunk.name === "spooler" ? name.replace("[name]-[hash]", "spooling") : name;
    },
  }),
  // The same, in fewer characters.
  define: { "Number.POSITIVE_INFINITY": "Infinity", "Number.NEGATIVE_INFINITY": "-Infinity" },
  deps: { alwaysBundle: [/^@everspan\//] },
});
