import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { MemoryExporter, Tracer } from "everspan";
import { observeClient, observeServer } from "everspan/mcp";
import { z } from "zod";

let memory;
let tracer;
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
});

async function connected({ observe = true } = {}) {
  const server = new McpServer({ name: "tools", version: "1" });
  if (observe) assert.equal(observeServer(server, { tracer }), server);
  server.registerTool("add", { inputSchema: { a: z.number(), b: z.number() } }, async ({ a, b }) => ({
    content: [{ type: "text", text: String(a + b) }],
  }));
  server.registerTool("fail", {}, async () => {
    throw new RangeError("no such row");
  });
  server.registerResource("note", "note://1", {}, async () => ({ contents: [{ uri: "note://1", text: "hello" }] }));
  const client = new Client({ name: "agent", version: "1" });
  if (observe) {
    assert.equal(observeClient(client, { tracer }), client);
    assert.equal(observeClient(client, { tracer }), client);
  }
  const [left, right] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(left), client.connect(right)]);
  return { client, server, close: () => Promise.all([client.close(), server.close()]) };
}
const spans = async () => {
  await tracer.flush();
  assert.equal(tracer.stats().queue.openSpans, 0, "no span is left open");
  return memory.spans();
};

test("a tool call is one span at the client and its child at the server, in the trace of the caller, whatever its id", async () => {
  const { client, close } = await connected();
  const result = await tracer
    .trace("task-1234")
    .span("turn", () => client.callTool({ name: "add", arguments: { a: 2, b: 3 } }));
  assert.equal(result.content[0].text, "5");
  await close();
  const all = await spans();
  const turn = all.find(({ name }) => name === "turn");
  const [atClient, atServer] = [
    all.find(({ name, parentId }) => name === "add" && parentId === turn.id),
    all.find(({ name, parentId }) => name === "add" && parentId !== turn.id),
  ];
  assert.equal(atServer.parentId, atClient.id);
  assert.deepEqual([...new Set(all.map(({ traceId }) => traceId))], ["task-1234"]);
  assert.deepEqual(atClient.input, { a: 2, b: 3 });
});

test("a tool that fails is an error on both sides, and the application gets the same result as without us", async () => {
  const bare = await connected({ observe: false });
  const expected = await bare.client.callTool({ name: "fail" });
  await bare.close();
  const { client, close } = await connected();
  assert.deepEqual(await client.callTool({ name: "fail" }), expected);
  await close();
  const all = await spans();
  assert.deepEqual(
    all.map(({ status }) => status),
    ["ERROR", "ERROR"],
  );
  assert.equal(all[0].error.message, "no such row");
});

test("what is no work of an agent is no span, and unknown names fail as without us", async () => {
  const { client, close } = await connected();
  await client.listTools();
  await client.ping();
  assert.equal((await spans()).length, 0);
  await client.readResource({ uri: "note://1" });
  await assert.rejects(client.readResource({ uri: "note://2" }));
  await close();
  const all = await spans();
  assert.deepEqual(all.map(({ name, status }) => `${name} ${status}`).sort(), [
    "note://1 OK",
    "note://1 OK",
    "note://2 ERROR",
    "note://2 ERROR",
  ]);
});

test("calls at the same time, a tool that asks another server's: each in its place", async () => {
  const inner = await connected();
  const server = new McpServer({ name: "outer", version: "1" });
  observeServer(server, { tracer });
  server.registerTool("twice", { inputSchema: { a: z.number() } }, async ({ a }) =>
    inner.client.callTool({ name: "add", arguments: { a, b: a } }),
  );
  const client = observeClient(new Client({ name: "agent", version: "1" }), { tracer });
  const [left, right] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(left), client.connect(right)]);
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, a) =>
      tracer.span(`turn ${a}`, () => client.callTool({ name: "twice", arguments: { a } })),
    ),
  );
  await Promise.all([client.close(), server.close(), inner.close()]);
  assert.deepEqual(
    results.map(({ content }) => Number(content[0].text)),
    Array.from({ length: 20 }, (_, a) => 2 * a),
  );
  const all = await spans();
  for (let a = 0; a < 20; a += 1) {
    const turn = all.find(({ name }) => name === `turn ${a}`);
    const chain = [];
    for (let at = turn; at !== undefined; at = all.find(({ parentId }) => parentId === at.id)) chain.push(at);
    assert.deepEqual(
      chain.map(({ name }) => name),
      [turn.name, "twice", "twice", "add", "add"],
    );
    assert.deepEqual(chain.at(-1).input, { a, b: a });
  }
});

test("a call that is given up is canceled on both sides, whatever the reason; one that takes too long is an error", async () => {
  for (const [reason, timeout] of [[undefined], ["enough"], [new RangeError("enough")], [undefined, 5]]) {
    const outcomes = [];
    for (const observe of [false, true]) {
      const { client, server, close } = await connected({ observe });
      const abort = new AbortController();
      const stopped = new Promise((resolve) => {
        server.registerTool("waits", {}, async ({ signal }) => {
          if (timeout === undefined) setImmediate(() => abort.abort(reason));
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        });
        server.server.onerror = resolve;
        setTimeout(resolve, 0);
      });
      const options = { signal: abort.signal, ...(timeout !== undefined && { timeout }) };
      outcomes.push(
        await client
          .callTool({ name: "waits" }, undefined, options)
          .catch((error) => [error.constructor.name, error.message]),
      );
      await stopped;
      await close();
    }
    assert.deepEqual(outcomes[1], outcomes[0]);
    const all = await spans();
    memory.reset();
    assert.deepEqual(
      all.map(({ status }) => status),
      timeout === undefined ? ["CANCELED", "CANCELED"] : ["ERROR", "CANCELED"],
      String(reason),
    );
  }
});

test("an integration whose parts all fail changes nothing", async () => {
  const working = tracer;
  tracer = new Tracer({
    exporters: [{ name: "hangs", export: () => new Promise(() => {}) }],
    processors: [
      () => {
        throw new Error("broken");
      },
    ],
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const { client, close } = await connected();
  tracer = working;
  assert.equal((await client.callTool({ name: "add", arguments: { a: 1, b: 2 } })).content[0].text, "3");
  await close();
});
