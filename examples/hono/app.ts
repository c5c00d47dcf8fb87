/** An agent behind Hono: each request is a trace, an answer is streamed, and a stop delivers what is pending. */
import { serve } from "@hono/node-server";
import { defaultTracer } from "everspan";
import { drainOnClose, traceRequests } from "everspan/hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { streamText } from "hono/streaming";

const tracer = defaultTracer();

/** Stands in for what an agent asks. */
const lookUp = tracer.traced("look_up_weather", async (city: string) => city.length, { type: "CODE_EXECUTION" });

const app = new Hono();
app.use(traceRequests({ ignore: ({ url }) => url.endsWith("/health") })); // before everything that is to be in the trace
app.get("/health", (context) => context.text("well"));
app.get("/answer/:city", (context) => {
  const city = context.req.param("city");
  if (city === "Nowhere") throw new HTTPException(404, { message: "no such city" });
  return streamText(context, (out) =>
    tracer.span("answer", { type: "AGENT_WORKFLOW", input: city }, async (span) => {
      span.output = `It is ${await lookUp(city)} degrees.`;
      for (const word of String(span.output).split(/(?<= )/)) await out.write(word);
    }),
  );
});

const port = Number(process.env.PORT ?? 3000);
const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, (address) => {
  console.log(`listening on ${JSON.stringify(address)}`);
});
drainOnClose(server as import("node:http").Server, tracer);
process.once("SIGTERM", () => server.close());
