const { everspanMatchers, testTracer } = require("everspan/testing");
const { askWeather } = require("./agent.cjs");

expect.extend(everspanMatchers);

test("the agent asks the right tool and stays within its budget", async () => {
  const { tracer, run } = testTracer();
  await askWeather(tracer, "Bern");
  const spans = await run();
  expect(spans).toHaveCalledTools([{ name: "weather", input: { city: expect.stringMatching(/^B/) } }]);
  expect(spans).toStayWithin({ modelCalls: 1, totalTokens: 27 });
  expect(spans).toHaveNoErrors();
  await tracer.shutdown();
});

test("a wrong expectation fails", async () => {
  const { tracer, run } = testTracer();
  await askWeather(tracer, "Bern");
  expect(await run()).toHaveCalledTools(["search"]);
});
