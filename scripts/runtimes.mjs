/**
 * The built package in other runtimes: the binaries come from npm packages, in `runtimes/` with a lock of its own.
 * `npm run test:runtimes`. Ends non-zero when one fails; the last line counts. Linux on x64 only: elsewhere it says so.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../runtimes/", import.meta.url));
const SMOKE = "smoke.mjs";
const TIMEOUT_MS = 60_000;

const RUNTIMES = {
  "this node": [process.execPath, SMOKE],
  "node 22": ["node_modules/node-22/bin/node", SMOKE],
  "node 24": ["node_modules/node-24/bin/node", SMOKE],
  bun: ["node_modules/@oven/bun-linux-x64-baseline/bin/bun", SMOKE],
  deno: ["node_modules/@deno/linux-x64-glibc/deno", "run", "--allow-all", "--no-lock", SMOKE],
};

if (process.platform !== "linux" || process.arch !== "x64") {
  console.log("runtimes: 0 passed, 0 failed (their binaries are for Linux on x64)");
  process.exit(0);
}
if (!existsSync(`${folder}node_modules`)) {
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

let passed = 0;
let failed = 0;
for (const [name, [command, ...args]] of Object.entries(RUNTIMES)) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8", timeout: TIMEOUT_MS });
  const isFine = status === 0 && stdout.trim().endsWith("ok");
  console.log(`${isFine ? "ok  " : "FAIL"} ${name}`);
  if (!isFine) console.log(`${stdout ?? ""}${stderr ?? ""}`);
  if (isFine) passed += 1;
  else failed += 1;
}
console.log(`runtimes: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
