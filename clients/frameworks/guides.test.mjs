/** The programs of the guides, as they stand in the documents, with nothing set but what a guide says to set and where the provider is. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, startCollector } from "../harness/collector.mjs";
import { startProvider } from "./scripted-provider.mjs";

const OF_THE_RUN = ["forecaster", "gpt-scripted-1", "gpt-scripted-1", "turn", "turn", "weather"];
const GUIDES = {
  "model-clients": { names: ["chat.completions.create", "turn"], calls: 1 },
  langchain: { names: ["ChatPromptTemplate", "RunnableSequence", "gpt-5", "turn"], calls: 1 },
  ai: { names: ["generateText", "gpt-5", "gpt-5", "weather"], calls: 2 },
  "openai-agents": { names: ["Agent workflow", "Agent workflow", ...OF_THE_RUN], calls: 2 },
};

let provider;
let collector;
before(async () => {
  [provider, collector] = await Promise.all([startProvider(), startCollector()]);
});
after(async () => {
  provider.close();
  await collector.stop();
});

const COMMAND = fileURLToPath(new URL("node_modules/everspan/dist/cli.js", import.meta.url));
const environmentOf = () => ({
  OPENAI_API_KEY: "key",
  EVERSPAN_COLLECTOR_URL: collector.url,
  OPENAI_BASE_URL: provider.url,
});

/** The guide's program in a file of its own. */
function programOf(page) {
  const text = readFileSync(new URL(`../../docs/integrations/${page}.md`, import.meta.url), "utf8");
  const file = new URL(`programs/${page}.tmp.mjs`, import.meta.url);
  writeFileSync(file, /```js\n\/\/ agent\.mjs\n(.*?)```/s.exec(text)[1]);
  return file;
}

/** How a program ends, and what it said itself: without the way to an error, where a framework goes another one observed. */
function endOf(args, variables = {}) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environmentOf(), ...variables };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, out, err) =>
      resolve({
        code: error?.code ?? 0,
        out,
        err: err.replace(/^(?:everspan: .*| +at .*?)( \{)?\n/gm, "$1").replace(/^ +date: .*\n/gm, ""),
      }),
    );
  });
}

for (const [page, { names, calls }] of Object.entries(GUIDES)) {
  test(`${page}: its program is a run, whole`, async () => {
    const file = programOf(page);
    const standing = new Set((await collector.runs()).map(({ trace }) => trace.traceId));
    const environment = environmentOf();
    try {
      assert.equal(await run(file, environment), "It is 12 degrees.\n");
    } finally {
      rmSync(file);
    }
    const [{ trace, spans }, ...others] = (await collector.runs()).filter(({ trace }) => !standing.has(trace.traceId));
    assert.deepEqual(others, []);
    assert.deepEqual(spans.map(({ name }) => name).toSorted(), names);
    // What the Agents SDK says of a run itself has neither question nor answer.
    const said = page === "openai-agents" ? [null, null] : ["How warm is it in Bern?", "It is 12 degrees."];
    assert.deepEqual([trace.asked, trace.answered], said);
    assert.deepEqual([trace.inputTokens, trace.outputTokens], [20 * calls, 7 * calls]);
    assert.ok(spans.every(({ status, endTime }) => status === "OK" && endTime !== undefined));
  });
}

for (const page of Object.keys(GUIDES)) {
  test(`${page}: where its program ends by an error, the error is its own, and the run is there as the guide says`, async () => {
    const file = programOf(page);
    const path = fileURLToPath(file);
    const spool = mkdtempSync(join(tmpdir(), "everspan-guide-"));
    const fresh = async (standing) => (await collector.runs()).filter(({ trace }) => !standing.has(trace.traceId));
    const standing = async () => new Set((await collector.runs()).map(({ trace }) => trace.traceId));
    const failing = (args, variables) => {
      provider.fail(400, 400);
      return endOf(args, variables);
    };
    try {
      const bare = await failing([path]);
      assert.equal(bare.code, 1);
      const before = await standing();
      assert.deepEqual(await failing([COMMAND, "run", "--", process.execPath, path]), bare);
      const [{ spans }] = await fresh(before);
      const failed = spans.filter(({ status }) => status === "ERROR");
      assert.ok(
        failed.some(({ error }) => /the provider answers 400/.test(error?.message)),
        JSON.stringify(failed),
      );
      assert.ok(spans.every(({ endTime }) => endTime !== undefined));

      const between = await standing();
      assert.deepEqual(await failing([path], { EVERSPAN_SPOOL_DIR: spool }), bare);
      provider.fail();
      assert.equal((await endOf([path], { EVERSPAN_SPOOL_DIR: spool })).code, 0);
      const runs = (await fresh(between)).map(({ spans: of }) => of.some(({ status }) => status === "ERROR"));
      assert.deepEqual(runs.toSorted(), [false, true]);
    } finally {
      rmSync(file);
      rmSync(spool, { recursive: true, force: true });
    }
  });
}
