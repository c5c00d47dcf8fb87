/**
 * Takes out each guard of the collector, one after the other, and runs the tests that must notice. Ends non-zero when one is
 * noticed by none, or when a test fails with every guard in its place. No file is changed.
 *
 *   node scripts/planted-guards/run.mjs [part of a name…]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GUARDS, withoutGuard } from "./guards.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MAX_RUN_MS = 300_000;

const parts = process.argv.slice(2);
const wanted = GUARDS.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
for (const guard of wanted) withoutGuard(guard, readFileSync(join(root, guard.file), "utf8"));

const problems = [];
const results = mkdtempSync(join(tmpdir(), "everspan-guards-"));
try {
  const whole = failuresWithout(undefined, [...new Set(wanted.flatMap(({ tests }) => tests))]);
  if (whole.length > 0) throw new Error(`with every guard in its place these fail: ${whole.join(", ")}`);
  for (const guard of wanted) {
    const [failed] = failuresWithout(guard.name, guard.tests);
    if (failed === undefined) problems.push(guard.name);
    console.log(failed === undefined ? `NOT NOTICED ${guard.name}` : `${guard.name}: noticed by "${failed}"`);
  }
} finally {
  rmSync(results, { recursive: true });
}
console.log(`${wanted.length} guards, ${problems.length} not noticed`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** @returns names of the tests that failed. @throws Error when a file could not be run at all */
function failuresWithout(planted, tests) {
  const outputFile = join(results, "tests.json");
  rmSync(outputFile, { force: true });
  const flags = ["--bail=1", "--maxWorkers=1"];
  const config = ["--config", "scripts/planted-guards/vitest.config.mjs"];
  const report = ["--reporter=json", `--outputFile=${outputFile}`];
  const { status, stderr } = spawnSync("npx", ["vitest", "run", ...flags, ...config, ...report, ...tests], {
    cwd: root,
    env: { ...process.env, PLANTED_GUARD: planted ?? "" },
    encoding: "utf8",
    timeout: MAX_RUN_MS,
  });
  if (status === null) return ["(none ended in time)"];
  const { testResults } = JSON.parse(readFileSync(outputFile, "utf8"));
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter((result) => result.status === "failed").map(({ fullName }) => fullName),
  );
  // An error outside of every test is what a guard of the process itself lets through.
  if (failed.length === 0 && status !== 0) {
    const broken = testResults.find(({ message, assertionResults }) => message && assertionResults.length === 0);
    if (broken !== undefined)
      throw new Error(`${planted ?? "unplanted"}: ${broken.name} can't be run: ${broken.message}`);
    failed.push(/(Unhandled .*|Error: .*)/.exec(stderr)?.[1] ?? "an error outside of a test");
  }
  return failed;
}
