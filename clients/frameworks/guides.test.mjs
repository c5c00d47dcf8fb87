/** The programs of the guides, as they stand in the documents, with nothing set but what a guide says to set and where the provider is. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
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

for (const [page, { names, calls }] of Object.entries(GUIDES)) {
  test(`${page}: its program is a run, whole`, async () => {
    const text = readFileSync(new URL(`../../docs/integrations/${page}.md`, import.meta.url), "utf8");
    const program = /```js\n\/\/ agent\.mjs\n(.*?)```/s.exec(text)[1];
    const file = new URL(`programs/${page}.tmp.mjs`, import.meta.url);
    writeFileSync(file, program);
    const standing = new Set((await collector.runs()).map(({ trace }) => trace.traceId));
    const environment = { OPENAI_API_KEY: "key", EVERSPAN_COLLECTOR_URL: collector.url, OPENAI_BASE_URL: provider.url };
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
