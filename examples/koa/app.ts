/** An agent behind Koa: each request is a trace, an answer is streamed, and a stop delivers what is pending. */
import { Readable } from "node:stream";
import Router from "@koa/router";
import { defaultTracer } from "everspan";
import { drainOnClose, everspanKoa } from "everspan/koa";
import Koa from "koa";

const tracer = defaultTracer();

/** Stands in for an agent: it looks something up, and writes its answer word by word. */
const lookUp = tracer.traced("look_up_weather", async (city: string) => city.length, { type: "CODE_EXECUTION" });
async function* agent(city: string) {
  yield "It is ";
  yield `${await lookUp(city)} degrees.`;
}
/** A span that ends with the last word. */
const answer = tracer.traced("answer", agent, { type: "AGENT_WORKFLOW" });

const app = new Koa();
app.use(everspanKoa({ ignore: ({ url }) => url === "/health" })); // before everything that is to be in the trace

const router = new Router();
router.get("/health", (context) => {
  context.body = "well";
});
router.get("/answer/:city", (context) => {
  context.type = "text/plain";
  context.body = Readable.from(answer(context.params.city ?? ""));
});
app.use(router.routes());

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on ${JSON.stringify(server.address())}`);
});
drainOnClose(server, tracer);
process.once("SIGTERM", () => server.close());
