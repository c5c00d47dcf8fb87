/**
 * Starts the engine and runs the store's contract on it, then two built collectors. `node run.mjs FILE…` runs these tests of
 * the collector instead; `node run.mjs --whole` all of them that have a store or a collector, less what `known.mjs` says is
 * otherwise there: by hand, it takes long. The last lines count as those of `node --test` do, for `scripts/clients.mjs`.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { filesLeftOut, judgeReport, leavingOut } from "../../scripts/known-failures.mjs";
import { KNOWN } from "./known.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const CONTRACT = "packages/collector/src/store/clickhouse";
const isWhole = process.argv.includes("--whole");
const chosen = process.argv.slice(2).filter((word) => word !== "--whole");
const scratch = mkdtempSync(join(tmpdir(), "everspan-clickhouse-"));
const report = join(scratch, "report.json");

const engine = spawn(process.execPath, [fileURLToPath(new URL("server.mjs", import.meta.url))], {
  stdio: ["pipe", "pipe", "inherit"],
});
const [port] = await once(engine.stdout, "data");
const left = filesLeftOut(KNOWN);
const paths = isWhole ? [CONTRACT, ...suites()] : chosen.length === 0 ? [CONTRACT] : chosen;
const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`];
const limits = ["--maxWorkers=1", "--testTimeout=300000", "--hookTimeout=300000"];
const vitest = `${root}node_modules/vitest/vitest.mjs`;
const tests = spawn(process.execPath, [vitest, "run", ...limits, ...reporters, ...paths], {
  cwd: root,
  env: {
    ...leavingOut(left),
    EVERSPAN_TEST_CLICKHOUSE: `clickhouse://127.0.0.1:${String(port).trim()}`,
    NO_COLOR: "1",
  },
  stdio: ["ignore", "inherit", "inherit"],
});
await once(tests, "close");
engine.stdin.end();
await once(engine, "close");

const { passed, problems } = existsSync(report)
  ? judgeReport(JSON.parse(readFileSync(report, "utf8")), KNOWN, "clients/clickhouse/known.mjs")
  : { passed: 0, problems: ["Vitest wrote no report"] };
rmSync(scratch, { recursive: true });
if (isWhole) for (const file of left) console.log(`not run: ${file}: ${KNOWN[file]["*"]}`);
for (const problem of problems) console.log(problem);
const ended = isWhole || chosen.length === 0 ? await collectors() : { passed: 0, failed: 0 };
const failed = problems.length + ended.failed;
console.log(`ℹ pass ${passed + ended.passed}\nℹ fail ${failed}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** Tests that start a collector over `CollectorFixture`, which opens its store on the engine. */
function suites() {
  const asked = ["grep", "-l", "CollectorFixture", "--", "packages/collector/src/**.test.ts"];
  const { stdout } = spawnSync("git", asked, { cwd: root, encoding: "utf8" });
  return stdout.split("\n").filter((path) => path !== "");
}

/** The built collectors, with an engine of their own. */
async function collectors() {
  const file = fileURLToPath(new URL("collectors.test.mjs", import.meta.url));
  const child = spawn(process.execPath, ["--test", "--test-reporter=spec", file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  child.stdout.on("data", (chunk) => (told += chunk));
  const [code] = await once(child, "close");
  // One count stands for both, at the end.
  process.stdout.write(told.replace(/^. (?:pass|fail) \d+$/gm, ""));
  const count = (word) => Number(new RegExp(`^. ${word} (\\d+)$`, "m").exec(told)?.[1] ?? 0);
  return { passed: count("pass"), failed: count("fail") + (code !== 0 && count("fail") === 0 ? 1 : 0) };
}
