/**
 * Starts the engine and runs the store's contract on it. `node run.mjs [file…]` runs these tests of the collector instead.
 * The last lines count as those of `node --test` do, for `scripts/clients.mjs`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const CONTRACT = "packages/collector/src/store/clickhouse";
const chosen = process.argv.slice(2);

const engine = spawn(process.execPath, [fileURLToPath(new URL("server.mjs", import.meta.url))], {
  stdio: ["pipe", "pipe", "inherit"],
});
const [port] = await once(engine.stdout, "data");
const tests = spawn(
  process.execPath,
  [
    `${root}node_modules/vitest/vitest.mjs`,
    "run",
    "--maxWorkers=1",
    "--testTimeout=300000",
    "--hookTimeout=300000",
    "--reporter=verbose",
    ...(chosen.length === 0 ? [CONTRACT] : chosen),
  ],
  {
    cwd: root,
    env: { ...process.env, EVERSPAN_TEST_CLICKHOUSE: `clickhouse://127.0.0.1:${String(port).trim()}`, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  },
);
let output = "";
tests.stdout.on("data", (chunk) => {
  output += chunk;
  process.stdout.write(chunk);
});
const [status] = await once(tests, "close");
engine.stdin.end();
await once(engine, "close");

/** The built collectors, with an engine of their own; not when other tests were asked for. */
async function collectors() {
  if (chosen.length > 0) return 0;
  const file = fileURLToPath(new URL("collectors.test.mjs", import.meta.url));
  const child = spawn(process.execPath, ["--test", "--test-reporter=spec", file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  child.stdout.on("data", (chunk) => (told += chunk));
  const [code] = await once(child, "close");
  output += told;
  // One count stands for both, at the end.
  process.stdout.write(told.replace(/^. (?:pass|fail) \d+$/gm, ""));
  return code;
}
const ended = await collectors();

const ofContract = (word) => Number(new RegExp(`^\\s*Tests .*?(\\d+) ${word}`, "m").exec(output)?.[1] ?? 0);
const ofCollectors = (word) => Number(new RegExp(`^. ${word} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
const passed = ofContract("passed") + ofCollectors("pass");
const failed = ofContract("failed") + ofCollectors("fail");
console.log(`ℹ pass ${passed}\nℹ fail ${failed}`);
process.exitCode = status === 0 && ended === 0 && passed > 0 ? 0 : 1;
