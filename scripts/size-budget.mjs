/**
 * What the SDK's entries load, minified and compressed, against their budgets. The main entry is all that
 * `import "everspan"` loads; what is loaded later, with the first batch, is not in it. An integration is what it loads
 * beside the main entry. Needs a build.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const MAIN_BUDGET_BYTES = 30 * 1024;
const INTEGRATION_BUDGET_BYTES = 8 * 1024;
/** A one-file bundle of the lean build with one exporter, everything that it would load later in it. */
const LEAN_BUDGET_BYTES = 30 * 1024;

const { exports } = JSON.parse(readFileSync("packages/sdk/package.json", "utf8"));
const names = Object.keys(exports)
  .filter((path) => path.startsWith("./") && path !== "./edge" && !path.endsWith(".json"))
  .map((path) => path.slice(2));

const outdir = mkdtempSync(join(tmpdir(), "everspan-size-"));
const sizes = [["everspan", sizeOf(await bundled("index")), MAIN_BUDGET_BYTES]];
for (const name of names) {
  const { loaded, main } = await bundled(name, "index");
  const own = [...loaded].filter((output) => !main.has(output));
  sizes.push([`everspan/${name}`, sizeOf({ loaded: own }), INTEGRATION_BUDGET_BYTES]);
}
sizes.push(["everspan/edge, in one file with CollectorExporter", await leanBundle(), LEAN_BUDGET_BYTES]);
rmSync(outdir, { recursive: true, force: true });

/** What the first entry loads at its start, as an application's bundler makes it; and what the main entry does beside it. */
async function bundled(...entries) {
  const { metafile } = await build({
    entryPoints: entries.map((name) => `packages/sdk/dist/${name}.js`),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    minify: true,
    legalComments: "none",
    metafile: true,
    outdir,
    logLevel: "error",
  });
  return { loaded: loadedBy(metafile, entries[0]), main: loadedBy(metafile, "index") };
}

async function leanBundle() {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { CollectorExporter, Tracer } from "./packages/sdk/dist/edge/edge.js";',
      resolveDir: process.cwd(),
    },
    bundle: true,
    format: "esm",
    minify: true,
    legalComments: "none",
    // All that is imported of the platform: anything else fails the build.
    external: ["node:async_hooks"],
    write: false,
    logLevel: "error",
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

function loadedBy(metafile, name) {
  const loaded = new Set([Object.keys(metafile.outputs).find((output) => output.endsWith(`/${name}.js`))]);
  for (const output of loaded) {
    for (const { path, kind } of metafile.outputs[output].imports) {
      if (kind === "import-statement" && path in metafile.outputs) loaded.add(path);
    }
  }
  return loaded;
}

function sizeOf({ loaded }) {
  const code = [...loaded].map((output) => readFileSync(resolve(output), "utf8")).join("\n");
  return gzipSync(code, { level: 9 }).length;
}

let isOver = false;
for (const [name, bytes, budget] of sizes) {
  isOver ||= bytes > budget;
  console.log(`${bytes > budget ? "OVER" : "ok  "} ${name}: ${bytes} bytes compressed (gzip), budget ${budget}`);
}
process.exitCode = isOver ? 1 : 0;
