/** A model provider on loopback: answers what OpenAI's, Anthropic's and Google's clients ask, streamed where they ask for it. */
import http from "node:http";

const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12, prompt_tokens_details: { cached_tokens: 4 } };
const toolCall = { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1,"b":2}' } };

function chat(body) {
  const wantsTool = body.tools?.length > 0 && !body.messages.some(({ role }) => role === "tool");
  const text = body.response_format ? '{"answer":"four"}' : "four";
  const message = wantsTool
    ? { role: "assistant", content: null, tool_calls: [toolCall] }
    : { role: "assistant", content: text, refusal: null };
  const choice = { index: 0, message, finish_reason: wantsTool ? "tool_calls" : "stop", logprobs: null };
  return { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "gpt-x-1", choices: [choice], usage };
}

function chatChunks(body) {
  const chunk = (delta, finish_reason = null) => ({
    id: "chatcmpl-2",
    object: "chat.completion.chunk",
    created: 1,
    model: "gpt-x-1",
    choices: [{ index: 0, delta, finish_reason }],
  });
  const wantsTool = body.tools?.length > 0 && !body.messages.some(({ role }) => role === "tool");
  const parts = wantsTool
    ? [
        chunk({ role: "assistant", tool_calls: [{ index: 0, ...toolCall, function: { name: "add", arguments: "" } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":1,' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '"b":2}' } }] }),
        chunk({}, "tool_calls"),
      ]
    : [
        chunk({ role: "assistant", content: "" }),
        chunk({ content: "fo" }),
        chunk({ content: "ur" }),
        chunk({}, "stop"),
      ];
  if (body.stream_options?.include_usage) parts.push({ ...chunk({}), choices: [], usage });
  return [...parts.map((part) => `data: ${JSON.stringify(part)}\n\n`), "data: [DONE]\n\n"];
}

const outputItem = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "four", annotations: [] }],
};
const response = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "gpt-x-1",
  output: [outputItem],
  usage: { input_tokens: 9, output_tokens: 3, total_tokens: 12 },
};

function responseEvents() {
  const started = { ...response, status: "in_progress", output: [], usage: null };
  const at = { item_id: "msg_1", output_index: 0, content_index: 0 };
  const part = { type: "output_text", text: "", annotations: [] };
  const events = [
    { type: "response.created", response: started },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { ...outputItem, content: [], status: "in_progress" },
    },
    { type: "response.content_part.added", ...at, part },
    { type: "response.output_text.delta", ...at, delta: "fo" },
    { type: "response.output_text.delta", ...at, delta: "ur" },
    { type: "response.output_text.done", ...at, text: "four" },
    { type: "response.content_part.done", ...at, part: { ...part, text: "four" } },
    { type: "response.output_item.done", output_index: 0, item: outputItem },
    { type: "response.completed", response },
  ];
  return events.map(
    (event, i) => `event: ${event.type}\ndata: ${JSON.stringify({ sequence_number: i, ...event })}\n\n`,
  );
}

const toolUse = { type: "tool_use", id: "toolu_1", name: "add", input: { a: 1, b: 2 } };
const messageUsage = { input_tokens: 5, cache_read_input_tokens: 4, cache_creation_input_tokens: 0, output_tokens: 1 };

function message(body) {
  const wantsTool = body.tools?.length > 0 && body.messages.length < 2;
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-x-1",
    content: wantsTool ? [toolUse] : [{ type: "text", text: "four", citations: null }],
    stop_reason: wantsTool ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: { ...messageUsage, output_tokens: 3 },
  };
}

function messageEvents(body) {
  const whole = message(body);
  const [block] = whole.content;
  const deltas =
    block.type === "text"
      ? ["fo", "ur"].map((text) => ({ type: "text_delta", text }))
      : ['{"a":1,', '"b":2}'].map((partial_json) => ({ type: "input_json_delta", partial_json }));
  const empty = block.type === "text" ? { type: "text", text: "" } : { ...toolUse, input: {} };
  const events = [
    { type: "message_start", message: { ...whole, content: [], stop_reason: null, usage: messageUsage } },
    { type: "content_block_start", index: 0, content_block: empty },
    { type: "ping" },
    ...deltas.map((delta) => ({ type: "content_block_delta", index: 0, delta })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: whole.stop_reason, stop_sequence: null },
      usage: { output_tokens: 3 },
    },
    { type: "message_stop" },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

const sse = (events) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`);
const completion = (text, finish_reason = null) => ({
  id: "cmpl-1",
  object: "text_completion",
  created: 1,
  model: "gpt-x-1",
  choices: [{ index: 0, text, finish_reason, logprobs: null }],
});
/** Text completions, transcriptions and images, streamed. */
function plainEvents(url) {
  if (url.includes("/transcriptions")) {
    const deltas = ["fo", "ur"].map((delta) => ({ type: "transcript.text.delta", delta }));
    return sse([
      ...deltas,
      { type: "transcript.text.done", text: "four", usage: { type: "tokens", total_tokens: 12 } },
    ]);
  }
  if (url.includes("/images")) {
    const type = `image_${url.includes("/edits") ? "edit" : "generation"}`;
    const partial = { type: `${type}.partial_image`, partial_image_index: 0, b64_json: "UE5" };
    return sse([partial, { type: `${type}.completed`, b64_json: "UE5H", usage: { total_tokens: 12 } }]);
  }
  return [...sse([completion("fo"), completion("ur", "stop")]), "data: [DONE]\n\n"];
}

const content = (text, more) => ({
  candidates: [{ content: { role: "model", parts: [{ text }] }, index: 0, ...more }],
  modelVersion: "gemini-x-1",
  responseId: "g-1",
  usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 3, totalTokenCount: 12 },
});

/** Anthropic's text completions. */
const completed = (text, stop_reason = null) => ({
  id: "compl_1",
  type: "completion",
  completion: text,
  stop_reason,
  model: "claude-2",
});
const completedEvents = () =>
  [completed("fo"), completed("ur", "stop_sequence")].map(
    (event) => `event: completion\ndata: ${JSON.stringify(event)}\n\n`,
  );

const isPlain = (url) => /\/transcriptions|\/images|(?<!\/chat)\/completions/.test(url);

function answerTo(url, body) {
  if (body.stream && isPlain(url)) return { events: plainEvents(url) };
  if (url.endsWith("/v1/complete"))
    return body.stream ? { events: completedEvents() } : { json: completed("four", "stop_sequence") };
  if (url.includes(":generateContent")) return { json: content("four", { finishReason: "STOP" }) };
  if (url.includes(":streamGenerateContent"))
    return { events: sse([content("fo"), content("ur", { finishReason: "STOP" })]) };
  if (url.includes("/embeddings")) {
    const floats = Buffer.from(new Float32Array([0.5, 0.25]).buffer).toString("base64");
    const embedding = body.encoding_format === "base64" ? floats : [0.5, 0.25];
    return { json: { object: "list", model: "embed-1", data: [{ object: "embedding", index: 0, embedding }], usage } };
  }
  if (url.includes("/models"))
    return { json: { object: "list", data: [{ id: "gpt-x", object: "model" }], has_more: false } };
  if (url.includes("/moderations")) return { json: { id: "modr-1", model: "m", results: [{ flagged: false }] } };
  if (url.includes("/images")) return { json: { created: 1, data: [{ url: "http://x.test/a.png" }] } };
  if (/\/audio\/trans(criptions|lations)/.test(url)) return { json: { text: "four" } };
  if (url.includes("/audio/speech")) return { bytes: Buffer.from("RIFF") };
  if (url.includes("/chat/completions")) return body.stream ? { events: chatChunks(body) } : { json: chat(body) };
  if (url.includes("/completions")) return { json: { ...completion("four", "stop"), usage } };
  if (url.includes("/decisions"))
    return { json: { answers: [{ type: "predicate", probability: 1 }], model: "gpt-x-1", usage } };
  if (url.includes("/responses")) return body.stream ? { events: responseEvents() } : { json: response };
  if (url.includes("/messages")) return body.stream ? { events: messageEvents(body) } : { json: message(body) };
  return undefined;
}

/**
 * @returns its address, the requests that came, and `next`: what the next requests get instead (a status, "reset",
 * "torn" for a stream that breaks, "error" for an error event in a stream, "hang" for one that stops after its first event)
 */
export async function startModelServer() {
  const requests = [];
  const next = [];
  const server = http.createServer(async (request, reply) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    let body = {};
    try {
      body = JSON.parse(text);
    } catch {
      // A form: what matters of it is whether a stream is asked for.
      if (/name="stream"\r\n\r\ntrue/.test(text)) body = { stream: true };
    }
    const told = next.shift();
    const entry = { method: request.method, url: request.url, body, retry: request.headers["x-stainless-retry-count"] };
    requests.push(entry);
    if (told === "reset") return request.socket.destroy();
    if (typeof told === "number") {
      reply.writeHead(told, {
        "content-type": "application/json",
        "retry-after-ms": "1",
        "request-id": "req_bad",
        "x-request-id": "req_bad",
      });
      return reply.end(JSON.stringify({ type: "error", error: { type: "scripted", message: `scripted ${told}` } }));
    }
    const answer = answerTo(request.url, body);
    if (answer === undefined) return reply.writeHead(404).end("{}");
    const ids = { "request-id": "req_1", "x-request-id": "req_1" };
    if (answer.json)
      return reply.writeHead(200, { "content-type": "application/json", ...ids }).end(JSON.stringify(answer.json));
    if (answer.bytes) return reply.writeHead(200, { "content-type": "audio/wav", ...ids }).end(answer.bytes);
    reply.writeHead(200, { "content-type": "text/event-stream", ...ids });
    let isClosed = false;
    reply.on("close", () => {
      isClosed = true;
      if (told === "hang") entry.closedEarly = true;
    });
    for (const event of answer.events) {
      if (isClosed) return;
      reply.write(event);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (told === "torn") return request.socket.destroy();
      if (told === "hang") return;
      if (told === "error") {
        reply.write(
          `event: error\ndata: ${JSON.stringify({ type: "error", error: { type: "overloaded_error", message: "overloaded" } })}\n\n`,
        );
        break;
      }
    }
    reply.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    requests,
    next,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
