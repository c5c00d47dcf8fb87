/** An agent that looks up a city's weather, for the tests of its own project. */
exports.askWeather = (tracer, city) =>
  tracer.span("agent", { type: "AGENT_WORKFLOW", input: city }, async () => {
    await tracer.span(
      "gpt",
      { type: "COMPLETION", data: { usage: { input_tokens: 20, output_tokens: 7 } } },
      async () => {},
    );
    return tracer.span("weather", { type: "CODE_EXECUTION", input: { city } }, async () => ({ degrees: 12 }));
  });
