/**
 * Each folder with a lock of its own (the benchmark's peers, real clients, other runtimes) can be installed from it:
 * `npm ci --dry-run` refuses a lock that is out of step with its `package.json`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { dirname } from "node:path";

const folders = execFileSync("git", ["ls-files", "-z", "--", "*/package-lock.json"], { encoding: "utf8" })
  .split("\0")
  .filter(Boolean)
  .map(dirname);
let failed = 0;
for (const cwd of folders) {
  const { status, stderr } = spawnSync("npm", ["ci", "--dry-run", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd,
    encoding: "utf8",
  });
  if (status === 0) continue;
  failed += 1;
  console.error(`${cwd}: npm ci refuses its lock\n${stderr}`);
}
if (failed > 0) process.exit(1);
console.log(`locks: ${folders.join(", ")} can be installed`);
