/**
 * Elysia where it is at home, on Bun: each request is a trace, answers are as without the plugin. Prints `ok`, or throws.
 */
import assert from "node:assert/strict";
import { Elysia, status } from "elysia";

const dist = (name) => import(new URL(`../packages/sdk/dist/${name}.js`, import.meta.url).href);
const [{ MemoryExporter, Tracer }, { everspanElysia }] = await Promise.all([dist("index"), dist("elysia")]);
const memory = new MemoryExporter();
const tracer = new Tracer({ exporters: [memory] });

async function started(isTraced) {
  const app = new Elysia();
  if (isTraced) app.use(everspanElysia({ tracer }));
  app
    .get("/text", () => "text")
    .get("/response", () => new Response("whole", { headers: { "x-own": "yes" } }))
    .get("/users/:id", ({ params: { id } }) => ({ id }))
    .post("/echo", ({ body }) => body)
    .post("/raw", ({ request }) => request.text(), { parse: "none" })
    .get("/work", ({ query: { name } }) => (isTraced ? tracer.span("work", { input: name }, async () => name) : name))
    .get("/stream", async function* () {
      yield "one ";
      await Promise.resolve();
      yield "two";
    })
    .get("/refused", () => status(418, "short and stout"))
    .get("/fails", async () => {
      throw new RangeError("no such row");
    })
    .get("/waits", async function* () {
      yield "begun";
      await new Promise(() => {});
    })
    .listen({ port: 0, hostname: "127.0.0.1" });
  return { url: `http://127.0.0.1:${app.server.port}`, stop: () => app.stop(true) };
}

async function ask(url, path, init) {
  const response = await fetch(url + path, init);
  const headers = [...response.headers].filter(([name]) => name !== "date").sort();
  return { status: response.status, headers, body: await response.text() };
}

async function ended(count) {
  while (tracer.stats().queue.openSpans > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await tracer.flush();
  const spans = memory.spans();
  assert.equal(spans.length, count, spans.map(({ name }) => name).join());
  return spans;
}

const [bare, traced] = [await started(false), await started(true)];
const json = { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":1}' };
const scenes = [
  ["/text"],
  ["/response"],
  ["/users/7"],
  ["/echo", json],
  ["/raw", json],
  ["/stream"],
  ["/refused"],
  ["/fails"],
];
for (const [path, init] of scenes) {
  assert.deepEqual(await ask(traced.url, path, init), await ask(bare.url, path, init), path);
}
const spans = await ended(scenes.length);
const named = (name) => spans.find((span) => span.name === name);
assert.equal(named("GET /users/:id").data.path, "/users/7");
assert.equal(named("GET /stream").status, "OK");
assert.deepEqual([named("GET /refused").status, named("GET /refused").data.status], ["OK", 418]);
assert.deepEqual([named("GET /fails").status, named("GET /fails").error.message], ["ERROR", "no such row"]);

// Fifty at the same time keep apart; a client that goes away is told of.
await Promise.all(Array.from({ length: 50 }, (_, at) => ask(traced.url, `/work?name=${at}`)));
const many = (await ended(scenes.length + 100)).filter(({ name }) => name === "work");
for (const { parentId } of many) {
  assert.equal(memory.spans().filter((span) => span.id === parentId && span.name === "GET /work").length, 1);
}
assert.equal(new Set(many.map(({ traceId }) => traceId)).size, 50);
const leaving = new AbortController();
const { body } = await fetch(`${traced.url}/waits`, { signal: leaving.signal });
await body.getReader().read();
leaving.abort();
assert.equal((await ended(scenes.length + 101)).at(-1).status, "CANCELED");

await Promise.all([bare.stop(), traced.stop()]);
console.log("ok");
process.exit(0);
