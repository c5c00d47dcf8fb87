/**
 * The packages as a user would get them: packed, then looked at by publint and "are the types wrong", and checked for
 * what must never be published (install scripts, sources of other packages, dependencies from outside the registry).
 * Needs a build.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The lean build is for bundlers, and for a Node that can `require` modules: it has no CommonJS form. */
const ESM_ONLY = ["--exclude-entrypoints", "edge"];
const PUBLISHED = [
  { folder: "packages/sdk", maxDependencies: 0, attw: ["--profile", "node16", ...ESM_ONLY] },
  {
    folder: "packages/collector",
    maxDependencies: 7,
    has: ["dist/viewer/index.html", "dist/viewer/docs/index.html"],
    attw: ["--profile", "esm-only"],
  },
];
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare", "prepublish", "prepack", "postpack"];

let failed = false;
for (const { folder, maxDependencies, has = [], attw } of PUBLISHED) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const script of INSTALL_SCRIPTS) {
    if (manifest.scripts?.[script]) fail(`${folder}: must not have the script "${script}"`);
  }
  const dependencies = Object.entries(manifest.dependencies ?? {});
  if (dependencies.length > maxDependencies)
    fail(`${folder}: expected at most ${maxDependencies} dependencies, got ${dependencies.length}`);
  for (const [name, range] of dependencies) {
    if (/[:/]/.test(range)) fail(`${folder}: the dependency ${name} does not come from the registry: ${range}`);
  }
  const scratch = mkdtempSync(join(tmpdir(), "everspan-pack-"));
  try {
    const answer = JSON.parse(
      execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], {
        cwd: folder,
        stdio: ["ignore", "pipe", "ignore"],
      }).toString(),
    );
    const { filename, files, size } = (Array.isArray(answer) ? answer : Object.values(answer))[0];
    const foreign = files.filter(({ path }) => !/^(dist\/|package\.json$|README\.md$|LICENSE$)/.test(path));
    const packed = new Set(files.map(({ path }) => path));
    for (const path of has) if (!packed.has(path)) fail(`${folder}: would not publish ${path}`);
    for (const { path } of foreign) fail(`${folder}: would publish ${path}`);
    console.log(`${manifest.name}: ${files.length} files, ${(size / 1024).toFixed(0)} KB packed`);
    run("publint", ["run", "--strict", join(scratch, filename)]);
    run("attw", [join(scratch, filename), ...attw, "--format", "ascii", "--no-emoji", "--quiet"]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
process.exit(failed ? 1 : 0);

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) fail(`${command} found a problem`);
}

function fail(message) {
  console.error(message);
  failed = true;
}
