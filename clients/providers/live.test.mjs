/** Live sessions of `openai` 7, against a real websocket server on loopback, bare and observed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryExporter, Tracer } from "everspan";
import { observeRealtime } from "everspan/openai";
import OpenAI from "openai-7";
import { LiveWS } from "openai-7/resources/live/ws";
import { WebSocketServer } from "ws";

const resource = { id: "live_1", model: "gpt-live-1", status: "active", instructions: "be brief", input: [] };
const tools = [{ type: "function", name: "add" }];
const responses = (type, response) => ({ type: "response.event", event: { type, response }, delegation_id: "d-1" });
const said = (side, delta, at) => ({ type: `session.${side}_transcript.delta`, delta, start_ms: at, end_ms: at + 1 });
const usage = { input_tokens: 9, output_tokens: 3, total_tokens: 12 };
const output = [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "four" }] }];
const CONVERSATION = [
  said("input", "2 + ", 1),
  said("input", "2?", 2),
  responses("response.created", { id: "resp_1", model: "gpt-x-1", status: "in_progress", tools }),
  responses("response.completed", { id: "resp_1", model: "gpt-x-1", status: "completed", output, usage }),
  { type: "session.output_audio.delta", audio: "UklGRg==" },
  said("output", "It is four.", 3),
  said("input", "And 3 + 3?", 4),
  responses("response.created", { id: "resp_2", model: "gpt-x-1", status: "in_progress" }),
  responses("response.failed", {
    id: "resp_2",
    model: "gpt-x-1",
    status: "failed",
    error: { code: "server_error", message: "overloaded" },
  }),
  responses("response.created", { id: "resp_3", model: "gpt-x-1", status: "in_progress" }),
  { type: "session.usage.updated", usage: { seconds: 4 } },
];

async function startServer() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const received = [];
  server.on("connection", (socket, request) => {
    received.push(request.url);
    const tell = (event) => socket.send(JSON.stringify({ event_id: "e", ...event }));
    socket.on("message", (data) => {
      const event = JSON.parse(String(data));
      received.push(event);
      if (event.type === "session.start") tell({ type: "session.started", session: resource });
      else if (event.type === "session.input_audio.append") for (const part of CONVERSATION) tell(part);
      else if (event.type === "session.close")
        tell({ type: "session.closed", session: resource, reason: "close_requested", usage: { seconds: 5 } });
      else tell({ type: "error", error: { type: "invalid_request_error", message: `unknown ${event.type}` } });
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/v1`, received, close: () => server.close() };
}

/** What a program of the session's sees: every event, in its order, and what came over the wire. */
async function play(observe) {
  const server = await startServer();
  const session = new LiveWS(new OpenAI({ apiKey: "k", baseURL: server.url }));
  const log = [[observe(session) === session, session.constructor.name, Object.keys(session).sort()]];
  const until = (type) => new Promise((resolve) => session.on(type, resolve));
  session.on("event", (event) => log.push(event));
  session.on("error", (error) => log.push([error.constructor.name, error.message]));
  const started = until("session.started");
  session.send({ type: "session.start", session: { model: "gpt-live-1" } });
  await started;
  const told = until("session.usage.updated");
  session.send({ type: "session.input_audio.append", audio: "UklGRg==" });
  await told;
  const failed = until("error");
  session.send({ type: "nonsense" });
  await failed;
  const ended = until("session.closed");
  session.send({ type: "session.close" });
  await ended;
  const closed = until("close");
  session.close({ code: 1000, reason: "OK" });
  log.push(await closed);
  server.close();
  return JSON.parse(JSON.stringify({ log, received: server.received }));
}

test("openai-7: a live session, bare and observed", async () => {
  const memory = new MemoryExporter();
  const tracer = new Tracer({ exporters: [memory] });
  const bare = await play((session) => session);
  const observed = await play((session) => {
    let made;
    // What can be iterated and is returned would be followed as the span's own result.
    tracer.span("call", () => {
      made = observeRealtime(observeRealtime(session, { tracer }), { tracer: new Tracer() });
    });
    return made;
  });
  assert.deepEqual(observed, bare);
  await tracer.flush();
  assert.equal(tracer.stats().queue.openSpans, 0);
  const spans = memory.spans();
  const [call, live] = ["call", "live"].map((name) => spans.find((span) => span.name === name));
  assert.deepEqual(
    [live.parentId, live.status, live.data.liveSession, live.data.model],
    [call.id, "OK", "live_1", "gpt-live-1"],
  );
  assert.deepEqual([live.data.usage, live.data.finishReason], [{ seconds: 5 }, "close_requested"]);
  assert.equal(live.data.lastError.message, "unknown nonsense");
  assert.deepEqual(live.input, { model: "gpt-live-1", instructions: "be brief", messages: [] });
  assert.deepEqual(live.output.messages, [
    { role: "user", content: "2 + 2?" },
    { role: "assistant", content: "It is four." },
    { role: "user", content: "And 3 + 3?" },
  ]);
  const responded = spans.filter(({ parentId }) => parentId === live.id);
  assert.deepEqual(
    responded.map(({ type, status, data }) => [
      type,
      status,
      data.responseId,
      data.usage?.input_tokens,
      data.delegation,
    ]),
    [
      ["COMPLETION", "OK", "resp_1", 9, "d-1"],
      ["COMPLETION", "ERROR", "resp_2", undefined, "d-1"],
      ["COMPLETION", "CANCELED", undefined, undefined, "d-1"],
    ],
  );
  const [first, second] = responded;
  assert.deepEqual(first.input.messages, [{ role: "user", content: "2 + 2?" }]);
  assert.equal(first.input.tools[0].name, "add");
  assert.equal(first.output.output[0].content[0].text, "four");
  assert.equal(second.error.message, "overloaded");
  assert.doesNotMatch(JSON.stringify(spans), /UklGRg/);
  assert.equal(spans.length, 5);
});
