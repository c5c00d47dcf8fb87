/**
 * Functions of Inngest's, bare or observed (`OBSERVED=1`; `broken`: by tracers whose parts all fail), served by the real package, and an executor that plays Inngest's
 * server: it calls a run's function until it ends, each time with what is known by then. Printed as JSON: what the runs
 * came to, each request and response, and the spans.
 */
import { createServer } from "node:http";
import { MemoryExporter, Tracer } from "everspan";
import { everspanMiddleware } from "everspan/inngest";
import { Inngest, Middleware, NonRetriableError, referenceFunction } from "inngest";
import { serve } from "inngest/node";
import { brokenTracer } from "../../harness/compared.mjs";
import { play } from "./executor.mjs";

const { OBSERVED } = process.env;
const isObserved = OBSERVED !== undefined;
const memory = new MemoryExporter();
/** Each request may come to another process: a tracer for each of two. */
const tracers = [0, 1].map(() => (OBSERVED === "broken" ? brokenTracer() : new Tracer({ exporters: [memory] })));
const exchanges = [];

function functionsOf(tracer) {
  const middleware = isObserved ? [everspanMiddleware(Middleware.BaseMiddleware, { tracer })] : [];
  const inngest = new Inngest({ id: "app", isDev: true, checkpointing: false, middleware, logger: silent });
  const make = (id, handler, options) =>
    inngest.createFunction({ id, triggers: [{ event: "asked" }], ...options }, handler);
  return [
    make("whole", async ({ event, step }) => {
      const found = await step.run("look up", () => tracer.span("own work", () => ({ city: event.data.city })));
      await step.sleep("a while", "1h");
      const [left, right] = await Promise.all([
        step.run({ id: "left", name: "Left" }, async () => "left"),
        step.run("right", async (by) => `right ${by}`, 2),
      ]);
      tracer.span("between steps", () => {});
      return { ...found, left, right };
    }),
    make("retried step", async ({ step, attempt }) =>
      step.run("fails at first", () => {
        if (attempt === 0) throw new Error("not yet");
        return attempt;
      }),
    ),
    make("failing step", ({ step }) =>
      step.run("fails", () => {
        throw new NonRetriableError("never");
      }),
    ),
    make("caught", async ({ step }) =>
      step
        .run("fails", () => {
          throw new NonRetriableError("caught");
        })
        .catch((error) => error.message),
    ),
    make("retried function", async ({ attempt }) => {
      if (attempt === 0) throw new Error("the function, not yet");
      return "at the second attempt";
    }),
    make(
      "failing function",
      async () => {
        throw new TypeError("the function never");
      },
      { retries: 1 },
    ),
    make("without steps", async () => 42),
    make("invokes", async ({ step }) => {
      const fn = referenceFunction({ appId: "app", functionId: "without steps" });
      return step.invoke("asks another", { function: fn, data: { city: "Chur" } });
    }),
    make("sends", async ({ step }) => {
      await step.run("before", () => 1);
      return step.waitForEvent("wait", { event: "other", timeout: "1d" });
    }),
  ].map((fn) => ({ fn, inngest }));
}

const silent = Object.fromEntries(["info", "warn", "error", "debug"].map((name) => [name, () => {}]));
const processes = tracers.map((tracer) => {
  const all = functionsOf(tracer);
  const handler = serve({ client: all[0].inngest, functions: all.map(({ fn }) => fn), servePath: "/api/inngest" });
  return createServer(handler);
});
const urls = [];
for (const server of processes) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  urls.push(`http://127.0.0.1:${server.address().port}/api/inngest`);
}

const results = {};
const names = functionsOf(tracers[0]).map(({ fn }) => fn.id());
const started = async (name) =>
  play(urls, `app-${name}`, { city: "Bern" }, (exchange) => exchanges.push({ name, ...exchange }));
for (const name of names) results[name] = await started(name);
results["20 in parallel"] = (
  await Promise.all(Array.from({ length: 20 }, () => play(urls, "app-whole", {}, () => {})))
).length;

if (OBSERVED !== "broken") for (const tracer of tracers) await tracer.flush();
const spans = memory
  .spans()
  .map(({ id, parentId, traceId, name, type, status, input, output, data, error, startTime, endTime }) => {
    return {
      id,
      parentId,
      traceId,
      name,
      type,
      status,
      input,
      output,
      data,
      error,
      startTime,
      isEnded: endTime !== undefined,
    };
  });
const open = tracers.map((tracer) => tracer.stats().queue.openSpans);
for (const server of processes) {
  server.closeAllConnections();
  server.close();
}
await new Promise((resolve) => process.stdout.write(JSON.stringify({ results, exchanges, spans, open }), resolve));
process.exit(0);
