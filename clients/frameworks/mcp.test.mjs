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
  return { client, close: () => Promise.all([client.close(), server.close()]) };
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
