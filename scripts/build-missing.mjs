/** Builds the packages whose output is missing or older than what it is made of; silent unless there is something to do. */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** In the order in which they are built: each may use what those before it made. */
const BUILDS = [
  { workspace: "everspan", output: "packages/sdk/dist/index.js", sources: ["packages/protocol", "packages/sdk"] },
  {
    workspace: "@everspan/viewer",
    output: "packages/viewer/dist/index.html",
    sources: ["packages/protocol", "packages/reading", "packages/viewer"],
  },
  {
    workspace: "@everspan/collector",
    output: "packages/collector/dist/cli.js",
    sources: ["packages/protocol", "packages/reading", "packages/collector", "examples/sample-agent", "docs"],
  },
];

/** @throws Error when a build fails; what it printed is on stderr, so that stdout stays the caller's */
export function buildMissing() {
  let isStale = false;
  for (const { workspace, output, sources } of BUILDS) {
    isStale ||= modifiedMs(join(ROOT, output)) < Math.max(...sources.map((folder) => newestMs(join(ROOT, folder))));
    if (!isStale) continue;
    process.stderr.write(`building ${workspace}\n`);
    build(workspace);
  }
}

function build(workspace) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // A test runner says that this is a test: the build is for production all the same.
  const { status, stdout, stderr } = spawnSync(npm, ["run", "build", "--silent", "-w", workspace], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: "production" },
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}\n`);
  throw new Error(`the build of ${workspace} failed`);
}

/** When the folder's newest source or configuration was written: tests and former output are not built. */
function newestMs(folder) {
  const times = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !["dist", "node_modules"].includes(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => (entry.isDirectory() ? newestMs : modifiedMs)(join(folder, entry.name)));
  return Math.max(0, ...times);
}

function modifiedMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
