import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { defineConfig } from "tsdown";
import { EVERYWHERE, NODE_ONLY } from "./entries.ts";

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
    ...EVERYWHERE,
    ...NODE_ONLY,
    edge: "src/edge.ts",
    // Loaded by their file's name: by Node's thread for hooks, with the package that it observes, and as the command.
    "import-hooks": "src/integrations/register/import-hooks.ts",
    cli: "src/cli/main.ts",
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
  inputOptions: (options) => ({ ...options, optimization: { inlineConst: { mode: "all", pass: 3 } } }),
  // Lines, comments and names stay: who debugs an application reads them.
  minify: {
    compress: { keepNames: { function: true, class: true }, joinVars: false, sequences: false },
    mangle: false,
    codegen: { removeWhitespace: false },
  },
  deps: { alwaysBundle: [/^@everspan\//] },
});
