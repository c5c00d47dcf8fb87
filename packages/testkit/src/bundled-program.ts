import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PLACE = join(ROOT, "node_modules/.cache/everspan-programs/");

const bundled = new Map<string, string>();

/**
 * A TypeScript program of the sources as one that Node runs by itself. A loader that translates at each start costs a
 * child process two seconds of a processor, most of what a test of processes takes; a bundle costs them once a file of
 * tests. Packages from the registry stay outside of it.
 * @param beside programs that it starts from its own folder
 * @returns the path of a module, in a folder that goes with this process
 */
export function bundledProgram(program: URL, ...beside: readonly URL[]): string {
  const source = fileURLToPath(program);
  let path = bundled.get(source);
  if (path === undefined) {
    path = join(bundle([source, ...beside.map((url) => fileURLToPath(url))]), basename(source).replace(/\.ts$/, ".js"));
    bundled.set(source, path);
  }
  return path;
}

function bundle(entryPoints: string[]): string {
  // Loaded here: a program that is bundled may import this package itself.
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  mkdirSync(PLACE, { recursive: true });
  const folder = mkdtempSync(PLACE);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  buildSync({
    entryPoints,
    outdir: folder,
    entryNames: "[name]",
    bundle: true,
    // What is loaded lazily stays so.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // The packages of this repository are found by the paths that its type checker goes by.
    tsconfig: join(ROOT, "tsconfig.base.json"),
    external: installedPackages(),
    absWorkingDir: ROOT,
    logLevel: "silent",
  });
  return folder;
}

/** Those of the registry; the packages of this repository are links there. */
function installedPackages(): string[] {
  return readdirSync(join(ROOT, "node_modules"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^\.|^@everspan$/.test(entry.name))
    .map(({ name }) => (name.startsWith("@") ? `${name}/*` : name));
}
