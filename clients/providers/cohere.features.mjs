/** What people do with Cohere's two clients, against a server on loopback. */
import http from "node:http";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import { observe } from "everspan/cohere";
import { caught, shape, unhandled } from "./compare.mjs";

const USAGE = { billed_units: { input_tokens: 5, output_tokens: 2 }, tokens: { input_tokens: 9, output_tokens: 3 } };
const CALL = { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1}' } };
const V2 = {
  id: "c-1",
  finish_reason: "COMPLETE",
  message: { role: "assistant", content: [{ type: "text", text: "four" }] },
  usage: USAGE,
};
const V2_EVENTS = [
  { type: "message-start", id: "c-1", delta: { message: { role: "assistant" } } },
  { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
  { type: "content-delta", index: 0, delta: { message: { content: { text: "fo" } } } },
  { type: "content-delta", index: 0, delta: { message: { content: { text: "ur" } } } },
  { type: "content-end", index: 0 },
  { type: "tool-plan-delta", delta: { message: { tool_plan: "I add." } } },
  {
    type: "tool-call-start",
    index: 0,
    delta: { message: { tool_calls: { ...CALL, function: { name: "add", arguments: "" } } } },
  },
  { type: "tool-call-delta", index: 0, delta: { message: { tool_calls: { function: { arguments: '{"a":1}' } } } } },
  { type: "tool-call-end", index: 0 },
  { type: "message-end", delta: { finish_reason: "TOOL_CALL", usage: USAGE } },
];
const V1 = {
  text: "four",
  generation_id: "g-1",
  finish_reason: "COMPLETE",
  meta: { billed_units: { input_tokens: 5, output_tokens: 2 }, tokens: { input_tokens: 9, output_tokens: 3 } },
};
const V1_EVENTS = [
  { event_type: "stream-start", is_finished: false, generation_id: "g-1" },
  { event_type: "text-generation", is_finished: false, text: "fo" },
  { event_type: "text-generation", is_finished: false, text: "ur" },
  { event_type: "stream-end", is_finished: true, finish_reason: "COMPLETE", response: V1 },
];
const EMBEDDINGS = {
  id: "e-1",
  texts: ["a"],
  embeddings: { float: [[0.5, 0.25]] },
  response_type: "embeddings_by_type",
};
const RANKED = { id: "r-1", results: [{ index: 1, relevance_score: 0.9 }] };

const META = V1.meta;
const GENERATED = { id: "gen-1", prompt: "2 + 2?", generations: [{ id: "gen-1-1", text: "four" }] };
const GENERATE_EVENTS = [
  { event_type: "text-generation", is_finished: false, text: "fo" },
  { event_type: "text-generation", is_finished: false, text: "ur" },
  { event_type: "stream-end", is_finished: true, finish_reason: "COMPLETE", response: GENERATED },
];
const CLASSIFIED = {
  id: "cl-1",
  classifications: [
    {
      id: "cl-1-1",
      input: "a",
      prediction: "x",
      predictions: ["x"],
      confidence: 0.9,
      confidences: [0.9],
      labels: {},
      classification_type: "single-label",
    },
  ],
  meta: META,
};

async function startServer() {
  const requests = [];
  const next = [];
  const server = http.createServer(async (request, reply) => {
    let text = "";
    for await (const part of request) text += part;
    // A form is no JSON, and the borders in it are drawn anew each time.
    const isForm = String(request.headers["content-type"]).startsWith("multipart/");
    const body = isForm ? {} : JSON.parse(text || "{}");
    requests.push({ method: request.method, url: request.url, body });
    const told = next.shift();
    if (typeof told === "number") {
      reply.writeHead(told, { "content-type": "application/json" });
      return reply.end(JSON.stringify({ message: `scripted ${told}` }));
    }
    const json = (value) => reply.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    const isV2 = request.url.includes("/v2/");
    if (request.url.endsWith("/embed")) return json(EMBEDDINGS);
    if (request.url.endsWith("/rerank")) return json(RANKED);
    if (isForm) return json({ text: "four" });
    if (request.url.endsWith("/classify")) return json(CLASSIFIED);
    if (request.url.endsWith("/summarize")) return json({ id: "s-1", summary: "four", meta: META });
    if (request.url.endsWith("/parse")) return json({ id: "p-1", pages: [], meta: META });
    const isGenerate = request.url.endsWith("/generate");
    if (isGenerate && !body.stream) return json({ ...GENERATED, meta: META });
    if (!body.stream) return json(isV2 ? V2 : V1);
    reply.writeHead(200, { "content-type": isV2 ? "text/event-stream" : "application/stream+json" });
    const events = isGenerate ? GENERATE_EVENTS : isV2 ? V2_EVENTS : V1_EVENTS;
    for (const [index, event] of events.entries()) {
      reply.write(isV2 ? `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n` : `${JSON.stringify(event)}\n`);
      if (index === 2 && told === "torn") {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return request.socket.destroy();
      }
      if (index === 2 && told === "hang") return;
    }
    reply.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    next,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What both clients have, given what asks. */
const common = (ask, stream) => ({
  chat: async (c, log) => {
    const promise = ask(c);
    log(shape(promise), promise instanceof Promise, typeof promise.withRawResponse);
    const reply = await promise;
    log(shape(reply), reply);
  },
  "chat, then, catch and finally": async (c, log) => {
    log(
      await ask(c).then((reply) => reply.id ?? reply.text),
      await ask(c).catch(() => 0),
      await ask(c).finally(() => log("f")),
    );
  },
  "chat, with the raw response": async (c, log) => {
    const { data, rawResponse } = await ask(c).withRawResponse();
    log(data, rawResponse.status);
  },
  chatStream: async (c, log) => {
    const reply = await stream(c);
    log(shape(reply));
    for await (const part of reply) log(part);
  },
  "chatStream, left early": async (c, log) => {
    for await (const part of await stream(c)) {
      log(part);
      break;
    }
  },
  "chatStream that nobody reads": { open: 1, run: async (c, log) => log(shape(await stream(c))) },
  "chatStream that breaks": (c, log, server) => {
    server.next.push("torn");
    return caught(log, async () => {
      for await (const part of await stream(c)) log(part);
    });
  },
  "chatStream, aborted while it runs": (c, log, server) => {
    server.next.push("hang");
    const controller = new AbortController();
    return caught(log, async () => {
      for await (const part of await stream(c, { abortSignal: controller.signal })) {
        log(part);
        controller.abort();
      }
      return "ended";
    });
  },
  "a refusal": (c, log, server) => {
    server.next.push(400);
    return caught(log, () => ask(c));
  },
  "a refusal that nobody handles": async (c, _log, server) => {
    server.next.push(400);
    void ask(c);
    await unhandled();
  },
  "an attempt more": {
    spans: 1,
    run: async (c, log, server) => {
      server.next.push(503);
      log(await ask(c, { maxRetries: 1 }));
    },
  },
  "aborted before": {
    spans: 1,
    run: (c, log) => {
      const controller = new AbortController();
      controller.abort();
      return caught(log, () => ask(c, { abortSignal: controller.signal, maxRetries: 0 }));
    },
  },
  transcriptions: async (c, log) => {
    const file = new File(["RIFF"], "a.wav", { type: "audio/wav" });
    log(await c.audio.transcriptions.create(file, { model: "voice-x", language: "en" }));
  },
  "the client's own members": {
    run: async (c, log) => {
      log(Object.keys(c).sort(), c.constructor.name);
      log(c.audio === c.audio.valueOf(), Object.keys(c).sort());
    },
  },
  "100 in parallel": async (c, log) => {
    log((await Promise.all(Array.from({ length: 100 }, () => ask(c)))).length);
  },
  "embed and rerank": async (c, log) => {
    log(await c.embed({ model: "embed-x", texts: ["a"], inputType: "search_query", embeddingTypes: ["float"] }));
    log(await c.rerank({ model: "rerank-x", query: "q", documents: ["a", "b"] }));
  },
});

/** The first version's own operations. The newer client has them too, bound to what lacks them: there they fail immediately. */
const older = async (c, log) => {
  const promise = (() => {
    try {
      return c.generate({ prompt: "2 + 2?", model: "command-x" });
    } catch (error) {
      return Promise.reject(error);
    }
  })();
  log(shape(promise), typeof promise.withRawResponse);
  await caught(log, () => promise);
  await caught(log, async () => {
    for await (const event of await c.generateStream({ prompt: "2 + 2?", model: "command-x" })) log(event);
  });
  await caught(log, () => c.classify({ inputs: ["a"], model: "command-x" }));
  await caught(log, () => c.summarize({ text: "2 + 2", model: "command-x" }));
};
const parse = (c) => c.parse({ model: "parse-x", document: { type: "image_url", imageUrl: "http://x.test/a.png" } });

const messages = [{ role: "user", content: "2 + 2?" }];
export const cohere2 = {
  features: {
    ...common(
      (c, options) => c.chat({ model: "command-x", messages }, options),
      (c, options) => c.chatStream({ model: "command-x", messages }, options),
    ),
    parse: async (c, log) => log(await parse(c)),
    "the first version's, which fail immediately": { run: older, spans: 4 },
  },
  make: (environment) => new CohereClientV2({ token: "k", environment }),
  observe,
  startServer,
};
export const cohere1 = {
  features: {
    ...common(
      (c, options) => c.chat({ model: "command-x", message: "2 + 2?" }, options),
      (c, options) => c.chatStream({ model: "command-x", message: "2 + 2?" }, options),
    ),
    "generate, classify and summarize": older,
    "a refusal of generate": (c, log, server) => {
      server.next.push(400);
      return caught(log, () => c.generate({ prompt: "2 + 2?" }));
    },
    "generateStream, left early": async (c, log) => {
      for await (const event of await c.generateStream({ prompt: "2 + 2?", model: "command-x" })) {
        log(event);
        break;
      }
    },
    "v2 of it": async (c, log) => {
      log(await parse(c.v2));
      log((await c.v2.chat({ model: "command-x", messages })).message);
      for await (const part of await c.v2.chatStream({ model: "command-x", messages })) log(part);
      log(await c.v2.embed({ model: "embed-x", texts: ["a"], inputType: "search_query", embeddingTypes: ["float"] }));
      log(await c.v2.rerank({ model: "rerank-x", query: "q", documents: ["a", "b"] }));
    },
  },
  make: (environment) => new CohereClient({ token: "k", environment }),
  observe,
  startServer,
};
