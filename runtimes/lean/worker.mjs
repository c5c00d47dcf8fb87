/** A Worker whose spans go to the back end that each request names. Bundled by `workerd.mjs` under workerd's condition. */
import { CollectorExporter, Tracer } from "everspan";
import { withEverspan } from "everspan/workers";
import { agent } from "./agent.mjs";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
/** Made outside of a request, as applications do: no random numbers, no timers, no time there. */
const ATTEMPT = { attemptTimeoutMs: 300 };
const tracers = {};

export default withEverspanByPath({
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const [, path, action] = pathname.split("/");
    const tracer = tracerOf(path, env);
    if (action === "stats") return Response.json(tracer.stats());
    if (action === "early") return Response.json(isEarlyRecorded);
    if (action === "flush") return Response.json(await tracer.flush({ timeoutMs: Number(searchParams.get("ms")) }));
    const answer = await agent(tracer, "turn");
    if (action === "throw") throw new Error("the handler's own");
    if (action !== "stream") return Response.json(answer);
    let chunks = 0;
    const body = tracer.span(
      "body",
      () =>
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 2));
            if (chunks++ === 5) controller.close();
            else controller.enqueue(new TextEncoder().encode("x".repeat(1_000)));
          },
        }),
    );
    return new Response(body);
  },
});

/** Outside of a request nothing can be told apart by random numbers: what is begun there is not recorded. */
const early = new Tracer({ exporters: [], logger: quiet });
const isEarlyRecorded = early.startTrace().startSpan("early").isRecording;

function tracerOf(path, env) {
  tracers[path] ??= new Tracer({
    exporters: [new CollectorExporter({ url: `${env.BACK_END}/${path}` })],
    delivery: path === "hang" ? ATTEMPT : {},
    logger: quiet,
  });
  return tracers[path];
}

/** One worker, a tracer for each back end: each request goes through the wrapper of its own. */
function withEverspanByPath(handlers) {
  return {
    fetch(request, env, context) {
      const tracer = tracerOf(new URL(request.url).pathname.split("/")[1], env);
      return withEverspan({ tracer, timeoutMs: 4_000 }, handlers).fetch(request, env, context);
    },
  };
}
