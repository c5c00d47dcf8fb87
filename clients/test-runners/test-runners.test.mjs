/** One right and one wrong test of an agent in each runner: the first passes, the second fails and says why. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const RUNNERS = {
  jest: ["node_modules/jest/bin/jest.js", "--rootDir", "programs", "--testRegex", "jest[.]cjs$", "--verbose"],
  vitest: ["node_modules/vitest/vitest.mjs", "run", "--dir", "programs", "--config", "programs/vitest.config.mjs"],
  "node:test": ["--test", "--test-reporter=spec", "programs/agent.node.mjs"],
};

for (const [name, args] of Object.entries(RUNNERS)) {
  test(name, () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      cwd: here,
      encoding: "utf8",
      env: { ...env, NO_COLOR: "1", FORCE_COLOR: "0" },
    });
    const said = stdout + stderr;
    assert.equal(status, 1, said);
    assert.match(said, /1 failed[^\n]*1 passed|pass 1\n.*fail 1/s, said);
    assert.match(said, /expected the tools \[search\] in this order and no others, but the run called \[weather/, said);
  });
}
