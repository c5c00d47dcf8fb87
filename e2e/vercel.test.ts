/**
 * `examples/vercel` as its platform runs it: the function for Node.js with the request's context that Vercel gives, the other
 * in the edge runtime. When the response has ended and what `waitUntil` was given has settled, the function stands still.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { TracerStats } from "everspan";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SpanBackEnd, startSpanBackEnd } from "./span-back-end.ts";

interface EdgeRuntime {
  dispatchFetch(url: string): Promise<Response & { waitUntil(): Promise<unknown> }>;
}
/** Vercel's own, as Next.js brings it, without types. */
const edge = createRequire(import.meta.url)("next/dist/compiled/edge-runtime") as {
  EdgeRuntime: new (options: { initialCode: string; extend: (context: object) => object }) => EdgeRuntime;
};

const VERCEL = Symbol.for("@vercel/request-context");
const EXAMPLE = fileURLToPath(new URL("../examples/vercel/", import.meta.url));

let backEnd: SpanBackEnd;
beforeAll(async () => {
  backEnd = await startSpanBackEnd();
});
afterAll(() => backEnd[Symbol.asyncDispose]());

interface Served {
  /** Answers, and waits as the platform does. @returns the body */
  invoke(city: string): Promise<string>;
  stats(): Promise<TracerStats>;
}

const environment = () => ({ SGP_API_KEY: "test-key", SGP_ACCOUNT_ID: "account", SGP_BASE_URL: backEnd.url });

/** One file for a runtime that has no modules, as a platform bundles it. */
async function bundled(program: string, format: "iife" | "esm", conditions: string[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: EXAMPLE, loader: "ts" },
    bundle: true,
    write: false,
    format,
    conditions,
    platform: conditions.includes("edge-light") ? "neutral" : "node",
    mainFields: ["module", "main"],
    plugins: [
      {
        name: "natively supported modules",
        setup(builder) {
          if (!conditions.includes("edge-light")) return;
          builder.onResolve({ filter: /^node:async_hooks$/ }, ({ path }) => ({ path, namespace: "native" }));
          builder.onLoad({ filter: /.*/, namespace: "native" }, () => ({
            contents: "export const AsyncLocalStorage = globalThis.AsyncLocalStorage;",
          }));
        },
      },
    ],
  });
  return outputFiles[0]!.text;
}

async function serveNode(): Promise<Served> {
  Object.assign(process.env, environment());
  const text = await bundled('export { GET, tracer } from "./api/node.ts";', "esm", []);
  const { GET, tracer } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  const requests = new AsyncLocalStorage<{ waitUntil(promise: Promise<unknown>): void }>();
  Object.assign(globalThis, { [VERCEL]: { get: () => requests.getStore() } });
  return {
    async invoke(city) {
      const promises: Promise<unknown>[] = [];
      const context = { waitUntil: (promise: Promise<unknown>) => void promises.push(promise) };
      const response: Response = await requests.run(context, () => GET(new Request(`http://function/?city=${city}`)));
      const body = await response.text();
      await Promise.all(promises);
      return body;
    },
    stats: async () => tracer.stats(),
  };
}

const EDGE = `
import handler, { tracer } from "./api/edge.ts";
const requests = new globalThis.AsyncLocalStorage();
globalThis[Symbol.for("@vercel/request-context")] = { get: () => requests.getStore() };
addEventListener("fetch", (event) => {
  if (event.request.url.endsWith("/account")) return event.respondWith(Response.json(tracer.stats()));
  const context = { waitUntil: (promise) => event.waitUntil(promise) };
  event.respondWith(requests.run(context, () => handler(event.request)));
});`;

async function serveEdge(): Promise<Served> {
  const runtime = new edge.EdgeRuntime({
    initialCode: await bundled(EDGE, "iife", ["edge-light"]),
    extend: (context) => Object.assign(context, { AsyncLocalStorage, process: { env: environment() } }),
  });
  return {
    async invoke(city) {
      const response = await runtime.dispatchFetch(`http://function/?city=${city}`);
      const body = await response.text();
      await response.waitUntil();
      return body;
    },
    stats: async () => (await (await runtime.dispatchFetch("http://function/account")).json()) as TracerStats,
  };
}

test.each([
  ["nodejs", serveNode],
  ["edge", serveEdge],
])(
  "a function in the %s runtime: all spans have arrived when the platform lets it stand still",
  async (runtime, serve) => {
    const { invoke, stats } = await serve();
    const cities = ["Bern", "Bonn", "Utrecht"];
    for (const city of cities) expect(await invoke(city)).toBe("It is 21 degrees.");
    const arrived = [...backEnd.spans.values()].filter(({ service }) => service?.name === `vercel-${runtime}`);
    expect(arrived.filter(({ phase }) => phase === "ended")).toHaveLength(18);
    expect(arrived.flatMap(({ name, input }) => (name === "answer" ? [(input as { city: string }).city] : []))).toEqual(
      cities,
    );
    // And side by side, as one instance serves several.
    await Promise.all(cities.map(invoke));
    const { created, delivered, coalesced, dropped, pending } = Object.values((await stats()).lanes)[0]!;
    expect([created, delivered + coalesced, pending]).toEqual([72, 72, { queued: 0, spooled: 0, inFlight: 0 }]);
    expect(Object.values(dropped).filter((count) => count > 0)).toEqual([]);
  },
);
