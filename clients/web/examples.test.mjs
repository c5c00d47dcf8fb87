/** `examples/koa`, `examples/hono` and `examples/nestjs`, type-checked and run as they stand, with the real packages and a collector. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCollector } from "../harness/collector.mjs";

const EXAMPLES = {
  koa: { program: "app.ts", streamed: "/answer/Bern" },
  hono: { program: "app.ts", streamed: "/answer/Bern", route: "/answer/:city" },
  nestjs: { program: "main.ts", streamed: "/answer/Bern/streamed" },
};
const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

let collector;
before(async () => {
  collector = await startCollector();
});
after(() => collector.stop());

/** Where the packages that it imports are found. */
function copyOf(name) {
  const copy = fileURLToPath(new URL(`apps/${name}.tmp/`, import.meta.url));
  cpSync(new URL(`../../examples/${name}/`, import.meta.url), copy, { recursive: true });
  return copy;
}

async function serve(copy, program) {
  const environment = { PATH: process.env.PATH, PORT: "0", EVERSPAN_COLLECTOR_URL: collector.url };
  const options = { cwd: copy, env: environment, stdio: ["ignore", "pipe", "inherit"] };
  const child = spawn(process.execPath, ["--import", "tsx", program], options);
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  let printed = "";
  const port = await new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      printed += chunk;
      const found = /listening on .*"port":(\d+)/.exec(printed);
      if (found) resolve(found[1]);
    });
    ended.then(({ code }) => reject(new Error(`${program} ended with ${code}:\n${printed}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

for (const [name, { program, streamed }] of Object.entries(EXAMPLES)) {
  test(`examples/${name}: its types, its answers, each request a trace, and all of it delivered when it is stopped`, async () => {
    const copy = copyOf(name);
    try {
      execFileSync(process.execPath, [TSC, "-p", copy], { encoding: "utf8" });
      const standing = new Set((await collector.runs()).map(({ trace }) => trace.traceId));
      const app = await serve(copy, program);
      const asked = async (path) => (await fetch(`${app.url}${path}`)).text();
      assert.equal(await asked("/health"), "well");
      assert.equal(await asked(streamed), "It is 4 degrees.");
      if (name === "nestjs") assert.deepEqual(JSON.parse(await asked("/answer/Bern")), { answer: "It is 4 degrees." });
      const { code, signal } = await app.stop();
      assert.ok(code === 0 || signal === "SIGTERM", `ended with ${code ?? signal}`);
      const runs = (await collector.runs()).filter(({ trace }) => !standing.has(trace.traceId));
      assert.equal(runs.length, name === "nestjs" ? 2 : 1);
      for (const { spans } of runs) {
        const [root, answer, lookUp, ...others] = spans;
        assert.deepEqual(others, []);
        assert.deepEqual([root.name.split(":")[0], root.data.status, root.status], ["GET /answer/", 200, "OK"]);
        assert.deepEqual([answer.name, answer.parentId, answer.type], ["answer", root.id, "AGENT_WORKFLOW"]);
        assert.deepEqual([lookUp.name, lookUp.parentId], ["look_up_weather", answer.id]);
        assert.ok(spans.every(({ endTime }) => endTime !== undefined));
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
}
