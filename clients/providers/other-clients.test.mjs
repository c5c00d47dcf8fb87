/** Clients that no generator made: the same program bare and observed, and what the spans say. */
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { GoogleGenAI } from "@google/genai";
import { Mistral } from "@mistralai/mistralai";
import { MemoryExporter, Tracer } from "everspan";
import { observe as observeGoogle } from "everspan/google";
import { observe as observeMistral } from "everspan/mistral";
import { observe as observeOllama } from "everspan/ollama";
import { Ollama } from "ollama";

const messages = [{ role: "user", content: "What is 2 + 2?" }];
const requests = [];
let refuse = false;

const google = (text, extra) => ({
  candidates: [{ content: { role: "model", parts: [{ text }] }, index: 0, ...extra }],
  modelVersion: "gemini-x-1",
  responseId: "g-1",
  usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 3, totalTokenCount: 12 },
});
const mistral = (choice) => ({
  id: "m-1",
  object: "chat.completion",
  created: 1,
  model: "mistral-x-1",
  choices: [{ index: 0, ...choice }],
  usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
});
const ollama = (content, done) => ({
  model: "llama-x",
  created_at: "2026-01-01T00:00:00Z",
  message: { role: "assistant", content },
  done,
  ...(done && { done_reason: "stop", prompt_eval_count: 9, eval_count: 3 }),
});
const sse = (events) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");

const server = http.createServer(async (request, reply) => {
  reply.sendDate = false;
  let text = "";
  for await (const chunk of request) text += chunk;
  requests.push({ method: request.method, url: request.url, body: JSON.parse(text || "{}") });
  const { url } = request;
  if (refuse)
    return reply
      .writeHead(400, { "content-type": "application/json" })
      .end('{"error":"scripted","message":"scripted"}');
  const stream = requests.at(-1).body.stream;
  const json = (value) => reply.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  const events = (value) => reply.writeHead(200, { "content-type": "text/event-stream" }).end(value);
  if (url.includes(":generateContent")) return json(google("four", { finishReason: "STOP" }));
  if (url.includes(":streamGenerateContent"))
    return events(sse([google("fo"), google("ur", { finishReason: "STOP" })]));
  if (url.includes("/chat/completions")) {
    if (!stream) return json(mistral({ message: { role: "assistant", content: "four" }, finish_reason: "stop" }));
    return events(
      `${sse([mistral({ delta: { role: "assistant", content: "fo" }, finish_reason: null }), mistral({ delta: { content: "ur" }, finish_reason: "stop" })])}data: [DONE]\n\n`,
    );
  }
  if (!stream) return json(ollama("four", true));
  reply.writeHead(200, { "content-type": "application/x-ndjson" });
  reply.end(
    [ollama("fo", false), ollama("ur", false), ollama("", true)].map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
});
let url = "";
before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const CLIENTS = {
  google: {
    observe: observeGoogle,
    make: () => new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: url } }),
    ask: (c) => c.models.generateContent({ model: "gemini-x", contents: "2 + 2?" }),
    stream: (c) => c.models.generateContentStream({ model: "gemini-x", contents: "2 + 2?" }),
    textOf: (output) => output.candidates[0].content.parts[0].text,
    usage: { promptTokenCount: 9, candidatesTokenCount: 3, totalTokenCount: 12 },
  },
  mistral: {
    observe: observeMistral,
    make: () => new Mistral({ apiKey: "k", serverURL: url }),
    ask: (c) => c.chat.complete({ model: "mistral-x", messages }),
    stream: (c) => c.chat.stream({ model: "mistral-x", messages }),
    textOf: (output) => output.choices[0].message.content,
    usage: { promptTokens: 9, completionTokens: 3, totalTokens: 12 },
  },
  ollama: {
    observe: observeOllama,
    make: () => new Ollama({ host: url }),
    ask: (c) => c.chat({ model: "llama-x", messages }),
    stream: (c) => c.chat({ model: "llama-x", messages, stream: true }),
    textOf: (output) => output.message.content,
  },
};

async function program(client, { ask, stream }) {
  const log = [];
  const say = (...what) => log.push(JSON.stringify(what));
  requests.length = 0;
  const promise = ask(client);
  say(promise.constructor.name, promise instanceof Promise);
  const reply = await promise;
  say(reply, reply.constructor.name);
  const chunks = await stream(client);
  say(chunks.constructor.name, Object.prototype.toString.call(chunks), Object.keys(chunks));
  for await (const chunk of chunks) say(chunk);
  for await (const chunk of await stream(client)) {
    say("first", chunk);
    break;
  }
  refuse = true;
  await ask(client).catch((error) => say(error.constructor.name, error.message));
  refuse = false;
  say(requests, Object.keys(client));
  return log.map((line) => line.replaceAll(url, ""));
}

for (const [name, provider] of Object.entries(CLIENTS)) {
  test(`${name}: nothing differs, and each request is a span`, async () => {
    const bare = await program(provider.make(), provider);
    const exporter = new MemoryExporter();
    const tracer = new Tracer({ exporters: [exporter] });
    const client = provider.make();
    assert.equal(provider.observe(client, { tracer }), client);
    provider.observe(client, { tracer });
    assert.deepEqual(await program(client, provider), bare);
    await tracer.flush();
    const spans = exporter.spans();
    assert.deepEqual(
      spans.map(({ status, phase }) => `${status} ${phase}`),
      ["OK ended", "OK ended", "OK ended", "ERROR ended"],
    );
    assert.equal(provider.textOf(spans[0].output), "four");
    assert.equal(provider.textOf(spans[1].output), "four");
    assert.equal(spans[0].data.provider, name);
    if (provider.usage) for (const span of spans.slice(0, 2)) assert.deepEqual(span.data.usage, provider.usage);
    assert.equal(tracer.stats().queue.openSpans, 0);
  });
}
