/**
 * `npm run mutants -- ROOM [FILE…]`: changes the room's sources one small place at a time (StrykerJS) and runs the tests
 * that cover the place; what no test notices is printed. With files (parts of paths), these of the room only. Results
 * are kept in `mutants/results/ROOM.json`, so that the next run tries again only what a change touches; the figures
 * printed are those of the whole room as far as it was ever tried. Ends non-zero below the room's target.
 * Not part of CI: a room takes from a minute to hours.
 */
import { spawnSync } from "node:child_process";
import * as files from "node:fs";
import { fileURLToPath } from "node:url";
import { ROOMS } from "./rooms.mjs";

// `globSync` is not in every Node that starts this.
const { existsSync, mkdirSync, readFileSync } = files;

const folder = fileURLToPath(new URL(".", import.meta.url));
const repository = fileURLToPath(new URL("..", import.meta.url));
const [name, ...parts] = process.argv.slice(2);
const room = ROOMS[name];
if (!room) {
  console.error(`usage: npm run mutants -- ROOM [FILE…], with one of: ${Object.keys(ROOMS).join(", ")}`);
  process.exit(2);
}
if (!existsSync(`${folder}node_modules`)) {
  const { status } = spawnSync("npm", ["ci"], { cwd: folder, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
if (Number(process.versions.node.split(".")[0]) < 22) {
  // StrykerJS wants a newer Node than the SDK: the one of `runtimes/` will do.
  const node = `${repository}runtimes/node_modules/node-24/bin/node`;
  if (!existsSync(node)) {
    console.error("StrykerJS wants Node 22 or newer. `npm run test:runtimes` brings one, or run this by a newer Node.");
    process.exit(2);
  }
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: "inherit" });
  process.exit(status ?? 1);
}

process.chdir(repository);
const sources = files
  .globSync(room.mutate)
  .filter((file) => !/\.(test|fixture)\.ts$|\/testing\//.test(file))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort();
const results = `mutants/results/${name}.json`;
mkdirSync("mutants/results", { recursive: true });
process.env.EVERSPAN_MUTANTS_TESTS = room.tests.join("\n");
process.env.EVERSPAN_MUTANTS_LEAVE_OUT = room.leaveOut ?? "";

const { Stryker } = await import("@stryker-mutator/core");
await new Stryker({
  mutate: sources,
  testRunner: "in-process",
  plugins: ["in-process-runner", "ignore-wording", "say-survivors"].map((name) => import.meta.resolve(`./${name}.mjs`)),
  ignorers: ["wording"],
  coverageAnalysis: "perTest",
  // A constant of a module is read before any test begins: such a mutant costs every test of the room.
  ignoreStatic: true,
  incremental: true,
  incrementalFile: results,
  concurrency: Number(process.env.EVERSPAN_MUTANTS_WORKERS ?? 1),
  // An endless loop is ended by StrykerJS's count of hits; the time is for what hangs otherwise on a busy machine.
  dryRunTimeoutMinutes: 60,
  timeoutMS: 30_000,
  timeoutFactor: 8,
  ignorePatterns: ["bench", "clients", "e2e", "runtimes", "examples", "deploy", "mutants/results", "packages/*/dist"],
  tempDirName: `mutants/sandbox`,
  reporters: ["survivors", "progress-append-only"],
  allowConsoleColors: false,
}).runMutationTest();

report(JSON.parse(readFileSync(results, "utf8")));

function report({ files }) {
  const total = { caught: 0, survived: 0, wording: 0, static: 0 };
  for (const [file, { mutants }] of Object.entries(files).sort(([a], [b]) => a.localeCompare(b))) {
    const is = (...states) => mutants.filter(({ status }) => states.includes(status));
    const caught = is("Killed", "Timeout", "RuntimeError").length;
    const survivors = is("Survived", "NoCoverage");
    total.caught += caught;
    total.survived += survivors.length;
    const ignored = mutants.filter(({ status }) => status === "Ignored");
    const wording = ignored.filter(({ statusReason }) => statusReason === "wording").length;
    total.wording += wording;
    total.static += ignored.length - wording;
    if (caught + survivors.length > 0) console.log(`${file}: ${percent(caught, survivors.length)}`);
    for (const { location, mutatorName, replacement, status } of survivors) {
      const by = replacement?.replace(/\s+/g, " ").slice(0, 100);
      const where = `${location.start.line}:${location.start.column}-${location.end.line}:${location.end.column}`;
      console.log(`  ${where} ${status === "NoCoverage" ? "untested " : ""}${mutatorName}: ${by}`);
    }
  }
  const score = (100 * total.caught) / (total.caught + total.survived);
  console.log(`${name}: ${percent(total.caught, total.survived)}, asked ${room.target} %`);
  console.log(`not tried: ${total.wording} in the wording of messages, ${total.static} read before any test begins`);
  process.exitCode = score >= room.target ? 0 : 1;
}

function percent(caught, survived) {
  return `${caught} of ${caught + survived} caught (${((100 * caught) / (caught + survived)).toFixed(1)} %)`;
}
