/**
 * Runs the tests of every folder under `clients/`: real provider clients, frameworks and tracers against the built
 * packages. Each folder has a lock of its own and is installed from it first. `node scripts/clients.mjs [folder…]`.
 * The last line is `clients: N passed, N failed`. Needs a build.
 */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { forEachSideBySide, runCommand } from "./side-by-side.mjs";

const base = fileURLToPath(new URL("../clients/", import.meta.url));
const wanted = process.argv.slice(2);
const folders = readdirSync(base, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`${base}${entry.name}/package.json`))
  .map(({ name }) => name)
  .filter((name) => wanted.length === 0 || wanted.includes(name));

let passed = 0;
let failed = 0;
await forEachSideBySide(folders, async (folder) => {
  const cwd = `${base}${folder}`;
  const install = await runCommand("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd });
  if (install.status !== 0) {
    failed += 1;
    console.error(`${folder}: npm ci failed\n${install.printed}`);
    return;
  }
  const { stdout, printed, status } = await runCommand("npm", ["test", "--silent"], { cwd });
  const count = (word) => Number(new RegExp(`^. ${word} (\\d+)$`, "m").exec(stdout)?.[1] ?? 0);
  passed += count("pass");
  const failures = count("fail");
  // A runner that ended badly without counting a failure is one.
  failed += status !== 0 && failures === 0 ? 1 : failures;
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${folder}: ${count("pass")} passed, ${failures} failed`);
  if (status !== 0) console.error(printed);
});
if (wanted.length === 0) {
  // The documents' code with all that it imports: `npm run check` knows only what the repository itself installs.
  const { status, printed } = await runCommand("node", ["scripts/document-code.mjs", "--installed"], {
    cwd: `${base}..`,
  });
  if (status === 0) passed += 1;
  else failed += 1;
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${printed.trim()}`);
}
console.log(`clients: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
