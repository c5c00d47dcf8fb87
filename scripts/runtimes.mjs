/**
 * The SDK in other runtimes: the binaries come from npm packages, in `runtimes/` with a lock of its own.
 * `npm run test:runtimes` runs a smoke of the packed package in each, installed in an empty project, in each Node how a process ends, and the lean build
 * (`everspan/edge`) and every entry for a client or a framework in workerd, Bun, Deno and Node;
 * `npm run test:runtimes -- --whole [RUNTIME…]` runs the whole suite of the SDK and the protocol by Vitest in each, less
 * what `runtimes/known.mjs` says that a runtime can't do. Ends non-zero when one fails; the last line counts. Linux on
 * x64 only: elsewhere it says so.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KNOWN } from "../runtimes/known.mjs";
import { filesLeftOut, judgeReport, leavingOut } from "./known-failures.mjs";
import { forEachSideBySide, runCommand } from "./side-by-side.mjs";

const repository = fileURLToPath(new URL("..", import.meta.url));
const folder = join(repository, "runtimes/");
const sdk = join(repository, "packages/sdk");
const SMOKE = "smoke.mjs";
const TIMEOUT_MS = 60_000;
const WHOLE = ["packages/sdk", "packages/protocol", "packages/testkit", "e2e/endings.test.ts"];
/**
 * Further programs, and where they run: of the lean build (a Worker is served by a Node program), of the entries for clients
 * and frameworks, of a framework for Bun.
 */
const PROGRAMS = {
  "lean/program.mjs": ["node-20", "node-26", "bun", "deno"],
  "lean/workerd.mjs": ["node-20"],
  "integrations/program.mjs": ["node-20", "node-26", "bun", "deno"],
  "integrations/workerd.mjs": ["node-20"],
  "elysia.mjs": ["bun"],
};
/** A process ends by itself, with and without a spool: what was once right on one Node and wrong on the next. */
const SHORT = ["packages/sdk/src/delivery/process-end.test.ts"];
/** The programs of this file are started as Node starts them. */
const NODE_ONLY = ["e2e/endings.test.ts"];

const node = (major) => [`${folder}node_modules/node-${major}/bin/node`];
const RUNTIMES = {
  "node-20": node(20),
  "node-22": node(22),
  "node-24": node(24),
  "node-26": node(26),
  bun: [`${folder}node_modules/@oven/bun-linux-x64-baseline/bin/bun`, "--bun"],
  deno: [`${folder}node_modules/@deno/linux-x64-glibc/deno`, "run", "--allow-all", "--no-lock"],
};

if (process.platform !== "linux" || process.arch !== "x64") {
  console.log("runtimes: 0 passed, 0 failed (their binaries are for Linux on x64)");
  process.exit(0);
}
if (!existsSync(`${folder}node_modules/@cloudflare`)) {
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

const sources = spawnSync("git", ["ls-files", "packages"], { cwd: repository, encoding: "utf8" }).stdout.split("\n");
for (const file of new Set(Object.values(KNOWN).flatMap(Object.keys))) {
  if (sources.some((source) => source.endsWith(`/${file}`))) continue;
  console.error(`runtimes/known.mjs names a file that is not there: ${file}`);
  process.exit(1);
}

const [isWhole, wanted] = [process.argv.includes("--whole"), process.argv.slice(2).filter((word) => word in RUNTIMES)];
const total = { passed: 0, failed: 0 };
const installed = isWhole ? undefined : installPacked();
const chosen = Object.entries(RUNTIMES).filter(([name]) => wanted.length === 0 || wanted.includes(name));
await forEachSideBySide(chosen, async ([name, command]) => {
  if (isWhole) return suite(name, command, WHOLE);
  const further = Object.keys(PROGRAMS).filter((program) => PROGRAMS[program].includes(name));
  await smoke(name, command, SMOKE, installed);
  for (const program of further) await smoke(name, command, program, folder);
  if (name.startsWith("node-")) await suite(name, command, SHORT);
});
if (installed !== undefined) rmSync(installed, { recursive: true });
console.log(`runtimes: ${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** An empty project with the SDK from its tarball, as npm would bring it, and the smoke beside it. @returns its folder */
function installPacked() {
  const project = mkdtempSync(join(tmpdir(), "everspan-installed-"));
  writeFileSync(join(project, "package.json"), '{ "private": true }\n');
  const npm = (args, cwd) => execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const [tarball] = npm(["pack", "--silent", "--ignore-scripts", "--pack-destination", project], sdk)
    .trim()
    .split("\n");
  npm(["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", `./${tarball}`], project);
  copyFileSync(join(folder, SMOKE), join(project, SMOKE));
  return project;
}

async function smoke(name, [command, ...args], program, cwd) {
  const options = { cwd, timeout: TIMEOUT_MS };
  const { status, stdout, printed } = await runCommand(command, [...args, program], options);
  const isFine = status === 0 && stdout.trim().endsWith("ok");
  console.log(`${isFine ? "ok  " : "FAIL"} ${name}: ${program}`);
  if (!isFine) console.log(printed);
  total[isFine ? "passed" : "failed"] += 1;
}

/** Vitest itself in the runtime, in one process at a time. */
async function suite(name, [command, ...args], paths) {
  const known = KNOWN[name] ?? {};
  const left = filesLeftOut(known);
  if (!name.startsWith("node-")) left.push(...NODE_ONLY);
  const scratch = mkdtempSync(join(tmpdir(), "everspan-runtimes-"));
  const report = join(scratch, "report.json");
  const options = ["run", "--pool=forks", "--maxWorkers=1", "--reporter=json", `--outputFile=${report}`];
  const vitest = [...args, "node_modules/vitest/vitest.mjs", ...options, ...paths];
  const { printed } = await runCommand(command, vitest, { cwd: repository, env: leavingOut(left) });
  const { passed, problems } = existsSync(report)
    ? judgeReport(JSON.parse(readFileSync(report, "utf8")), known, "runtimes/known.mjs")
    : { passed: 0, problems: [`Vitest wrote no report\n${printed.slice(-4_000)}`] };
  rmSync(scratch, { recursive: true });
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name}: ${paths.join(" ")}`);
  for (const file of left) console.log(`       not run: ${file}: ${known[file]?.["*"] ?? "its programs are for Node"}`);
  for (const problem of problems) console.log(`       ${problem}`);
  total.passed += passed;
  total.failed += problems.length;
}
