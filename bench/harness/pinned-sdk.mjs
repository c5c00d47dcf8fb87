/** One build of Everspan for all of a run: rows of two builds in one table would compare nothing. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DIST = join(ROOT, "packages/sdk/dist");

/**
 * Builds the SDK, copies it into the folder, and has the measured processes use the copy.
 * @returns what names the build: the commit, and a hash of the files that were measured
 */
export function pinSdk(folder) {
  const built = spawnSync("npm", ["run", "build", "--silent", "-w", "everspan"], { cwd: ROOT, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the build of everspan failed: ${built.stderr}`);
  const copy = join(folder, "everspan");
  cpSync(DIST, copy, { recursive: true });
  writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
  process.env.EVERSPAN_BENCH_SDK = pathToFileURL(join(copy, "index.js")).href;
  const { stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT, encoding: "utf8" });
  return `commit ${stdout?.trim() || "unknown"}, files ${hashOf(copy)}`;
}

function hashOf(folder) {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith(".js")) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 12);
}
