import { test } from "node:test";
import { assertNoErrors, assertToolCalls, assertUsageWithin, testTracer } from "everspan/testing";
import { askWeather } from "./agent.cjs";

test("the agent asks the right tool and stays within its budget", async () => {
  const { tracer, run } = testTracer();
  await askWeather(tracer, "Bern");
  const spans = await run();
  assertToolCalls(spans, [{ name: "weather", input: { city: /^B/ } }]);
  assertUsageWithin(spans, { modelCalls: 1, totalTokens: 27 });
  assertNoErrors(spans);
  await tracer.shutdown();
});

test("a wrong expectation fails", async () => {
  const { tracer, run } = testTracer();
  await askWeather(tracer, "Bern");
  assertToolCalls(await run(), ["search"]);
});
