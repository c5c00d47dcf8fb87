/**
 * A traced Cloudflare Worker: an agent that streams its answer. Its spans are on their way when the response has ended, and
 * `ctx.waitUntil` keeps the request alive for it.
 */
import { tracerFromEnv } from "everspan";
import { withEverspan } from "everspan/workers";

// Made once for all requests of an isolate. The address comes from the Worker's variables, see `wrangler.jsonc`.
const tracer = tracerFromEnv({ service: { name: "worker-agent", version: "1.0.0" } });

const lookUpWeather = tracer.traced("look_up_weather", async (city: string) => ({ city, degrees: 21 }), {
  type: "CODE_EXECUTION",
});

/** Stands in for a model: words, one by one. */
const complete = tracer.traced(
  "complete",
  async function* (_messages: readonly { role: string; content: string }[]) {
    for (const word of ["It ", "is ", "21 ", "degrees."]) yield word;
  },
  { type: "COMPLETION" },
);

export default withEverspan(
  { tracer },
  {
    async fetch(request: Request): Promise<Response> {
      const city = new URL(request.url).searchParams.get("city") ?? "Amsterdam";
      return tracer.span("answer", { type: "AGENT_WORKFLOW", input: { city } }, async () => {
        const weather = await lookUpWeather(city);
        const words = complete([{ role: "user", content: `Say it in words: ${JSON.stringify(weather)}` }]);
        const encoder = new TextEncoder();
        return new Response(
          new ReadableStream({
            async pull(controller) {
              const { done, value } = await words.next();
              if (done === true) controller.close();
              else controller.enqueue(encoder.encode(value));
            },
          }),
        );
      });
    },
  },
);
