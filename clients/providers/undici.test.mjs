/** The HTTP requests beneath model calls, of the global fetch and of undici. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { MemoryExporter, Tracer } from "everspan";
import { observe } from "everspan/openai";
import { registerEverspan } from "everspan/undici";
import OpenAI from "openai-6";
import { brokenTracer } from "../harness/compared.mjs";
import { startModelServer } from "./model-server.mjs";

const messages = [{ role: "user", content: "What is 2 + 2?" }];
let server;
let memory;
let tracer;
let end;
beforeEach(async () => {
  server = await startModelServer();
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
});
afterEach(() => {
  end();
  server.close();
});
const spans = async () => {
  await tracer.flush();
  return memory.spans();
};
const client = () => observe(new OpenAI({ apiKey: "k", baseURL: `${server.url}/v1`, maxRetries: 2 }), { tracer });

test("each attempt is a span under its model call, with its status", async () => {
  end = registerEverspan({ tracer });
  server.next.push(500, "reset");
  await client().chat.completions.create({ model: "gpt-x", messages });
  const [call, ...attempts] = await spans();
  assert.equal(attempts.length, 3);
  assert.ok(attempts.every(({ parentId, name }) => parentId === call.id && name === "POST /v1/chat/completions"));
  assert.deepEqual(
    attempts.map(({ status, data }) => [status, data.status]),
    [
      ["ERROR", 500],
      ["ERROR", undefined],
      ["OK", 200],
    ],
  );
  assert.equal(attempts[0].data.url, `${server.url}/v1/chat/completions`);
  assert.equal(tracer.stats().queue.openSpans, 0);
});

test("a stream's request lasts until its body has ended; one that is left is canceled", async () => {
  end = registerEverspan({ tracer });
  for await (const _ of await client().chat.completions.create({ model: "gpt-x", messages, stream: true }));
  server.next.push("hang");
  for await (const _ of await client().chat.completions.create({ model: "gpt-x", messages, stream: true })) break;
  for (let i = 0; i < 400 && tracer.stats().queue.openSpans > 0; i++) await new Promise((r) => setTimeout(r, 5));
  const attempts = (await spans()).filter(({ name }) => name.startsWith("POST"));
  assert.deepEqual(
    attempts.map(({ status }) => status),
    ["OK", "CANCELED"],
  );
});

test("what is no model call's is no span, unless it is asked for; nothing is without a span above", async () => {
  end = registerEverspan({ tracer });
  await tracer.span("turn", async () => (await fetch(`${server.url}/v1/models?key=secret`)).text());
  assert.equal((await spans()).length, 1);
  end();
  end = registerEverspan({ tracer, under: "all" });
  await (await fetch(`${server.url}/v1/models`)).text();
  await tracer.span("turn", async () => (await fetch(`${server.url}/v1/models?key=secret`)).text());
  const all = await spans();
  assert.deepEqual(
    all.map(({ name }) => name),
    ["turn", "turn", "GET /v1/models"],
  );
  assert.ok(!JSON.stringify(all).includes("secret"));
  end();
  await tracer.span("turn", async () => (await fetch(`${server.url}/v1/models`)).text());
  assert.equal((await spans()).length, 4);
});

test("twenty calls at the same time have each its own requests", async () => {
  end = registerEverspan({ tracer });
  const asked = (n) => [{ role: "user", content: `question ${n}` }];
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => client().chat.completions.create({ model: "gpt-x", messages: asked(n) })),
  );
  const all = await spans();
  const calls = all.filter(({ type }) => type === "COMPLETION");
  assert.equal(calls.length, 20);
  for (const { id } of calls) assert.equal(all.filter(({ parentId }) => parentId === id).length, 1);
});

test("a tracer whose parts all fail changes nothing", async () => {
  end = registerEverspan({ tracer: brokenTracer() });
  const { choices } = await observe(new OpenAI({ apiKey: "k", baseURL: `${server.url}/v1` }), {
    tracer: brokenTracer(),
  }).chat.completions.create({ model: "gpt-x", messages });
  end();
  const bare = new OpenAI({ apiKey: "k", baseURL: `${server.url}/v1` });
  assert.deepEqual(choices, (await bare.chat.completions.create({ model: "gpt-x", messages })).choices);
});
