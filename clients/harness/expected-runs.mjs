/** Tests of one folder: each run arrives by its environment alone, and reads as expected in the API. */
import { equal } from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkTrace } from "../../packages/collector/src/dialects/golden/check-body.ts";
import { expectedBodies } from "../../packages/collector/src/dialects/golden/expected-bodies.ts";
import { run, startCollector } from "./collector.mjs";
import { recording, startProvider } from "./provider.mjs";
import { environmentOf, programOf, RUNS } from "./runs.mjs";

export function testRuns(folder) {
  const expected = expectedBodies({ sumCall: "call_everspan0007" });
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
        await run(programOf(one), environmentOf(one, collector.url, provider));
      } finally {
        await provider.close();
      }
      const arrived = (await collector.runs()).filter(({ trace }) => !standing.has(trace.traceId));
      equal(arrived.length, 1, "one program is one run");
      checkTrace(arrived[0], expected[one.name], (name) => recording(name)[0]);
    });
  }
}
