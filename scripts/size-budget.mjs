/**
 * What `import "everspan"` loads: the main entry and the chunks it imports, minified and compressed. What is loaded
 * later, with the first batch, is not in it. Needs a build.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const BUDGET_BYTES = 30 * 1024;

const outdir = mkdtempSync(join(tmpdir(), "everspan-size-"));
const { metafile } = await build({
  entryPoints: ["packages/sdk/dist/index.js"],
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

const entry = Object.keys(metafile.outputs).find((name) => name.endsWith("/index.js"));
const loaded = new Set([entry]);
for (const name of loaded) {
  for (const { path, kind } of metafile.outputs[name].imports) {
    if (kind === "import-statement" && path in metafile.outputs) loaded.add(path);
  }
}
const code = [...loaded].map((name) => readFileSync(resolve(name), "utf8")).join("\n");
rmSync(outdir, { recursive: true, force: true });
const compressed = gzipSync(code, { level: 9 }).length;
console.log(
  `everspan's main entry: ${code.length} bytes minified, ${compressed} compressed (gzip), budget ${BUDGET_BYTES}`,
);
if (compressed > BUDGET_BYTES) process.exit(1);
