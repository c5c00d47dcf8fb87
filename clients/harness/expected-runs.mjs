/** Tests of one folder: each run arrives by its environment alone, and reads as expected in the API. */
import { equal } from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkTrace } from "../../packages/collector/src/dialects/golden/check-body.ts";
import { aiSdk7Bodies } from "../../packages/collector/src/dialects/golden/expected-ai-sdk-7.ts";
import { expectedBodies } from "../../packages/collector/src/dialects/golden/expected-bodies.ts";
import { run, startCollector } from "./collector.mjs";
import { recording, startProvider } from "./provider.mjs";
import { environmentOf, programOf, RUNS } from "./runs.mjs";

/** @param node the binary that runs the programs; default the one that runs this */
export function testRuns(folder, node) {
  const sumCall = "call_everspan0007";
  const expected = { ...expectedBodies({ sumCall }), ...aiSdk7Bodies(sumCall) };
  let collector;
  before(async () => {
    collector = await startCollector();
  });
  after(() => collector.stop());
  for (const one of RUNS.filter((candidate) => candidate.folder === folder)) {
    test(one.name, async () => {
      const standing = new Set((await collector.runs()).map(({ trace }) => trace.traceId));
      const provider = await startProvider();
      try {
        await run(programOf(one), environmentOf(one, collector.url, provider), node);
      } finally {
        await provider.close();
      }
      const arrived = (await collector.runs()).filter(({ trace }) => !standing.has(trace.traceId));
      equal(arrived.length, 1, "one program is one run");
      checkTrace(arrived[0], expected[one.name], (name) => recording(name)[0]);
    });
  }
}
