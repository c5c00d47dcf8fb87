/**
 * Everything that can be said of the sources without running them: types, lint and format, import directions, unused
 * exports and dependencies, fault ids without a test, and the packages as they would be published.
 * `node scripts/check.mjs [name…]` runs only the named checks. Ends non-zero when one fails.
 */
import { fileURLToPath } from "node:url";
import { forEachSideBySide, runCommand } from "./side-by-side.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

const CHECKS = {
  // By the native compiler. What reads types through the compiler's API (declarations, the reference) needs 6 still.
  types: [
    "node node_modules/typescript-7/bin/tsc -p tsconfig.json",
    "node node_modules/typescript-7/bin/tsc -p packages/viewer",
  ],
  lint: ["biome check ."],
  layout: ["depcruise --config .dependency-cruiser.cjs packages examples e2e scripts bench"],
  structure: ["node scripts/structure.mjs"],
  unused: ["knip"],
  expressions: ["node scripts/regular-expressions.mjs"],
  ledger: ["node scripts/ledger-writers.mjs"],
  faults: ["node scripts/fault-ids.mjs"],
  documents: ["node scripts/document-code.mjs", "tsx scripts/docs-site.ts --check"],
  reference: ["tsx scripts/reference.ts --check"],
  words: ["node scripts/repository-words.mjs", "node scripts/stale-names.mjs"],
  lock: ["node scripts/complete-lock.mjs --check", "node scripts/own-locks.mjs"],
  published: ["node scripts/published-packages.mjs"],
  size: ["node scripts/size-budget.mjs"],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in CHECKS));
if (unknown.length > 0) {
  console.error(`check: expected any of ${Object.keys(CHECKS).join(", ")}, got ${unknown.join(", ")}`);
  process.exit(2);
}

let failed = 0;
let passed = 0;
const chosen = Object.entries(CHECKS).filter(([name]) => wanted.length === 0 || wanted.includes(name));
const commands = chosen.flatMap(([name, commands]) => commands.map((command) => ({ name, command })));
await forEachSideBySide(commands, async ({ name, command }) => {
  const started = process.hrtime.bigint();
  const { status, printed } = await runCommand(command, [], { cwd: root, shell: true, env: pathWithBinaries() });
  const seconds = Number((process.hrtime.bigint() - started) / 1_000_000n) / 1000;
  if (status === 0) passed += 1;
  else failed += 1;
  process.stdout.write(printed);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}: ${command} (${seconds.toFixed(1)} s)`);
});
console.log(`checks: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function pathWithBinaries() {
  return { ...process.env, PATH: `${root}/node_modules/.bin:${process.env.PATH}` };
}
