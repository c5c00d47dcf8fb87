/** Realtime sessions of each major of `openai`, against a real websocket server on loopback, bare and observed. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { MemoryExporter, Tracer } from "everspan";
import { observeRealtime } from "everspan/openai";
import { WebSocket, WebSocketServer } from "ws";

/** Where each major has its sessions: of the package `ws`, and of the web's sockets. */
const MAJORS = {
  "openai-4": "openai-4/beta/realtime",
  "openai-5": "openai-5/realtime",
  "openai-6": "openai-6/realtime",
  "openai-7": "openai-7/realtime",
};
const KINDS = { OpenAIRealtimeWS: "ws", OpenAIRealtimeWebSocket: "websocket" };
const usage = { total_tokens: 12, input_tokens: 9, output_tokens: 3, input_token_details: { cached_tokens: 4 } };
const said = (text) => ({
  id: `item-${text}`,
  type: "message",
  role: "assistant",
  content: [{ type: "audio", audio: "UklGRg==", transcript: text }],
});

/** Answers one response after the other by what is next of these. */
function answerTo(socket, how) {
  const send = (event) => socket.send(JSON.stringify(event));
  const response = { id: `resp-${how}`, status: "in_progress", output: [] };
  send({ type: "response.created", response });
  if (how === "hangs") return;
  send({ type: "response.output_audio_transcript.delta", response_id: response.id, delta: "fo" });
  const item = said(how);
  send({ type: "response.output_item.done", response_id: response.id, item });
  if (how === "fails")
    send({
      type: "response.done",
      response: { ...response, status: "failed", status_details: { error: { message: "overloaded" } } },
    });
  else if (how === "is cancelled") send({ type: "response.done", response: { ...response, status: "cancelled" } });
  else send({ type: "response.done", response: { ...response, status: "completed", output: [item], usage } });
}

async function startServer() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const received = [];
  const ways = ["four", "fails", "is cancelled", "hangs"];
  server.on("connection", (socket, request) => {
    received.push(request.url);
    socket.send(
      JSON.stringify({
        type: "session.created",
        session: { id: "sess_1", model: "gpt-realtime-1", instructions: "be brief" },
      }),
    );
    socket.on("message", (data) => {
      const event = JSON.parse(String(data));
      received.push(event);
      const reply = (value) => socket.send(JSON.stringify(value));
      if (event.type === "conversation.item.create")
        reply({ type: "conversation.item.created", item: { id: "item-1", ...event.item } });
      else if (event.type === "response.create") answerTo(socket, ways.shift());
      else if (event.type === "session.update") reply({ type: "session.updated", session: event.session });
      else reply({ type: "error", error: { type: "invalid_request_error", message: `unknown ${event.type}` } });
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return { port: server.address().port, received, close: () => server.close() };
}

/** The client insists on TLS; what is under it is our server's socket. */
async function openSession(major, kind, client, port) {
  const { [kind]: Session } = await import(`${MAJORS[major]}/${KINDS[kind]}`);
  const options = { createConnection: () => connect(port, "127.0.0.1") };
  if (kind === "OpenAIRealtimeWS") return new Session({ model: "gpt-realtime", options }, client);
  // It takes the platform's own, which not every Node.js has.
  const { WebSocket: ofPlatform } = globalThis;
  globalThis.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, options);
    }
  };
  try {
    return new Session({ model: "gpt-realtime" }, client);
  } finally {
    globalThis.WebSocket = ofPlatform;
  }
}

/** What a program of the session's sees: every event, in its order, and what came over the wire. */
async function play(major, kind, observe) {
  const { default: OpenAI } = await import(major);
  const server = await startServer();
  const client = new OpenAI({ apiKey: "k", baseURL: "https://model.test/v1" });
  const session = await openSession(major, kind, client, server.port);
  const log = [[observe(session) === session, session.constructor.name]];
  assert.equal(session.constructor.name, kind);
  const until = (type) => new Promise((resolve) => session.on(type, resolve));
  const waits = { created: until("session.created"), error: new Promise((resolve) => session.on("error", resolve)) };
  session.on("event", (event) => log.push(event));
  session.on("response.done", ({ response }) => log.push(["done", response.status]));
  await waits.created;
  session.send({ type: "session.update", session: { tools: [{ type: "function", name: "add" }] } });
  session.send({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text: "2 + 2?" }] },
  });
  for (let n = 0; n < 3; n += 1) {
    const done = until("response.done");
    session.send({ type: "response.create" });
    await done;
  }
  const begun = until("response.created");
  session.send({ type: "response.create" });
  await begun;
  session.send({ type: "nonsense" });
  log.push([(await waits.error).constructor.name, (await waits.error).message]);
  const closed = new Promise((resolve) => session.socket.addEventListener("close", resolve));
  session.close({ code: 1000, reason: "OK" });
  log.push((await closed).code);
  server.close();
  return JSON.parse(JSON.stringify({ log, received: server.received, socket: Object.keys(session).sort() }));
}

for (const [major, kind] of Object.keys(MAJORS).flatMap((major) => Object.keys(KINDS).map((kind) => [major, kind]))) {
  test(`${major}: a realtime session of ${kind}, bare and observed`, async () => {
    const memory = new MemoryExporter();
    const tracer = new Tracer({ exporters: [memory] });
    const bare = await play(major, kind, (session) => session);
    const observed = await play(major, kind, (session) =>
      tracer.span("call", () => observeRealtime(observeRealtime(session, { tracer }), { tracer: new Tracer() })),
    );
    assert.deepEqual(observed, bare);
    await tracer.flush();
    assert.equal(tracer.stats().queue.openSpans, 0);
    const spans = memory.spans();
    const [call, session] = ["call", "realtime"].map((name) => spans.find((span) => span.name === name));
    const responses = spans.filter(({ parentId }) => parentId === session.id);
    assert.deepEqual([session.parentId, session.status, session.data.realtimeSession], [call.id, "OK", "sess_1"]);
    assert.deepEqual(
      responses.map(({ type, status, data }) => [type, status, data.responseId, data.usage?.input_tokens]),
      [
        ["COMPLETION", "OK", "resp-four", 9],
        ["COMPLETION", "ERROR", "resp-fails", undefined],
        ["COMPLETION", "CANCELED", "resp-is cancelled", undefined],
        ["COMPLETION", "CANCELED", undefined, undefined],
      ],
    );
    const [first, second] = responses;
    assert.equal(first.input.model, "gpt-realtime-1");
    assert.deepEqual(
      [first.input.instructions, first.input.tools[0].name, first.input.input.length],
      ["be brief", "add", 1],
    );
    assert.deepEqual(first.output.output[0].content, [{ type: "audio", transcript: "four" }]);
    assert.equal(typeof first.data.timeToFirstTokenMs, "number");
    assert.deepEqual(
      second.input.input.map(({ id }) => id),
      ["item-1", "item-four"],
    );
    assert.equal(second.error.message, "overloaded");
    assert.doesNotMatch(JSON.stringify(spans), /UklGRg/);
    assert.equal(spans.length, 6);
  });
}
