/** Two handlers of AWS Lambda, one that answers whole and one that streams. Their spans are sent before Lambda freezes the process. */
import { tracerFromEnv } from "everspan";
import { withEverspan } from "everspan/lambda";

/** Lambda's own global, in its Node.js runtimes. */
declare const awslambda: {
  streamifyResponse<Fn>(handler: Fn): Fn;
};

interface ResponseStream {
  write(text: string): unknown;
  end(): unknown;
}

/** Made once for all invocations of a process. Where spans go stands in the function's environment. */
export const tracer = tracerFromEnv({ service: { name: "lambda-agent", version: "1.0.0" } });

const lookUpWeather = tracer.traced("look_up_weather", async (city: string) => ({ city, degrees: 21 }), {
  type: "CODE_EXECUTION",
});

export const handler = withEverspan({ tracer }, async (event: { readonly city: string }, _context: unknown) =>
  tracer.span("answer", { type: "AGENT_WORKFLOW", input: event }, async () => {
    if (event.city === "") throw new RangeError("expected a city");
    const { degrees } = await lookUpWeather(event.city);
    return `It is ${degrees} degrees.`;
  }),
);

export const streamed = awslambda.streamifyResponse(
  withEverspan({ tracer }, async (event: { readonly city: string }, stream: ResponseStream, _context: unknown) =>
    tracer.span("answer", { type: "AGENT_WORKFLOW", input: event }, async () => {
      const { degrees } = await lookUpWeather(event.city);
      for (const word of ["It ", "is ", `${degrees} `, "degrees."]) stream.write(word);
      stream.end();
    }),
  ),
);
