/** Each framework bare against itself with every request traced: what clients see is the same, and each request is a trace. */
import assert from "node:assert/strict";
import { get } from "node:http";
import { test } from "node:test";
import { MemoryExporter, Tracer } from "everspan";
import { start as elysia } from "./apps/elysia.mjs";
import { start as express } from "./apps/express.mjs";
import { start as hono, hono as honoApp } from "./apps/hono.mjs";
import { start as koa } from "./apps/koa.mjs";
import { startOnExpress, startOnFastify } from "./apps/nest.mjs";
import { ask, SCENES } from "./apps/scenes.mjs";

/** Of the event loop, until a span that never ends fails its test instead of holding it. */
const MOST_TURNS = 1_000_000;

const FRAMEWORKS = {
  koa: { start: koa },
  express: { start: express, errorsUnseen: true },
  "hono on node": { start: hono },
  "nest on express": { start: startOnExpress, badBodyUnseen: true },
  "nest on fastify": { start: startOnFastify, badBodyUnseen: true, routesOfHandlersOnly: true },
  "elysia on node": { start: elysia, unknownPathFramed: true },
};

function observed() {
  const memory = new MemoryExporter();
  const tracer = new Tracer({ exporters: [memory] });
  return { tracer, memory };
}

/** Waits for spans to end: the last of a request ends after its client has the answer. */
async function settled({ tracer, memory }, count) {
  for (let turn = 0; tracer.stats().queue.openSpans > 0; turn += 1) {
    assert.ok(turn < MOST_TURNS, "a span is left open");
    await new Promise(setImmediate);
  }
  await tracer.flush();
  const spans = memory.spans();
  if (count !== undefined) assert.equal(spans.length, count, spans.map(({ name }) => name).join());
  return spans;
}

for (const [name, { start, errorsUnseen, badBodyUnseen, routesOfHandlersOnly, unknownPathFramed }] of Object.entries(
  FRAMEWORKS,
)) {
  test(`${name}: every answer is as without us, and each request one trace`, async () => {
    const bare = await start(undefined);
    const all = observed();
    const traced = await start(all.tracer);
    const seen = new Set();
    for (const scene of SCENES) {
      const [actual, expected] = [await ask(traced.url, scene), await ask(bare.url, scene)];
      // Any error hook of Elysia's has it frame this answer otherwise.
      if (unknownPathFramed && scene.name === "unknown path") for (const one of [actual, expected]) delete one.headers;
      assert.deepEqual(actual, expected, scene.name);
      const spans = (await settled(all)).filter(({ id }) => !seen.has(id));
      for (const { id } of spans) seen.add(id);
      if (scene.name === "bad body" && badBodyUnseen) continue;
      const [root, ...children] = [...spans.filter(({ parentId }) => !parentId), ...spans.filter((s) => s.parentId)];
      assert.deepEqual(
        children.map((child) => child.name),
        scene.children ?? [],
        scene.name,
      );
      for (const child of children) assert.deepEqual([child.traceId, child.parentId], [root.traceId, root.id]);
      assert.ok([scene.status].flat().includes(root.status), `${scene.name}: ${root.status}`);
      const [path] = scene.path.split("?");
      const isRouted = scene.route !== undefined && !(routesOfHandlersOnly && scene.name === "unknown path");
      assert.equal(root.name, `${scene.method ?? "GET"} ${isRouted ? scene.route : (root.data.route ?? path)}`);
      assert.equal(root.data.path, path);
      if (scene.name === "fails") {
        assert.equal(root.data.status, 500);
        if (!errorsUnseen) assert.deepEqual([root.error.type, root.error.message], ["RangeError", "no such row"]);
      }
      assert.ok(!JSON.stringify(root).includes("secret"), "a query is not recorded");
    }
    await bare.close();
    await traced.close();
  });

  test(`${name}: fifty at the same time, each with its own span within`, async () => {
    const all = observed();
    const { url, close } = await start(all.tracer);
    const names = Array.from({ length: 50 }, (_, at) => `n${at}`);
    const answers = await Promise.all(names.map((one) => ask(url, { path: `/work?name=${one}` })));
    assert.deepEqual(
      answers.map(({ body }) => JSON.parse(body).answer),
      names.map((one) => `hello ${one}`),
    );
    const spans = await settled(all, 100);
    for (const one of names) {
      const child = spans.find(({ input }) => input === one);
      assert.equal(spans.filter(({ traceId }) => traceId === child.traceId).length, 2);
      assert.equal(spans.find(({ id }) => id === child.parentId).name, "GET /work");
    }
    await close();
  });

  test(`${name}: a client that goes away is CANCELED, what is ignored is no trace, a caller's trace goes on`, async () => {
    const all = observed();
    const { url, close } = await start(all.tracer);
    assert.equal((await ask(url, { path: "/health" })).body, "well");
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await (await fetch(`${url}/text`, { headers: { traceparent } })).text();
    const [text] = await settled(all, 1);
    assert.deepEqual([text.traceId, text.parentId], ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"]);
    await new Promise((resolve) => {
      const request = get(`${url}/waits`, (response) => response.once("data", () => request.destroy()));
      request.once("close", resolve);
    });
    const [, waits] = await settled(all, 2);
    assert.equal(waits.status, "CANCELED");
    await close();
  });
}

test("hono where no server of Node's is below: the same answers, and a streamed body's span ends with it", async () => {
  const all = observed();
  const [bare, traced] = [honoApp(undefined), honoApp(all.tracer)];
  const seen = async (response) => [response.status, [...response.headers], await response.text()];
  for (const path of ["/text", "/users/7", "/fails", "/refused", "/unknown"])
    assert.deepEqual(await seen(await traced.request(path)), await seen(await bare.request(path)), path);
  const spans = await settled(all, 5);
  assert.deepEqual(
    spans.map(({ name, status, data }) => [name, status, data.status]),
    [
      ["GET /text", "OK", 200],
      ["GET /users/:id", "OK", 200],
      ["GET /fails", "ERROR", 500],
      ["GET /refused", "OK", 418],
      ["GET /unknown", "OK", 404],
    ],
  );
  assert.equal(spans[2].error.message, "no such row");
  const response = await traced.request("/words");
  assert.equal(all.tracer.stats().queue.openSpans, 1);
  assert.deepEqual(await seen(response), await seen(await bare.request("/words")));
  const [words] = (await settled(all, 6)).slice(-1);
  assert.deepEqual([words.name, words.status], ["GET /words", "OK"]);
});

test("nest: closing the application delivers what is pending, and says which handler answered", async () => {
  const memory = new MemoryExporter();
  const tracer = new Tracer({ exporters: [memory], batch: { lingerMs: 600_000 } });
  const { url, close } = await startOnExpress(tracer);
  await ask(url, { path: "/text" });
  assert.deepEqual(memory.spans(), []);
  await close();
  assert.equal(memory.spans()[0].data.handler, "ChatController.text");
});
