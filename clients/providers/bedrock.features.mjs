/** What people do with the AWS SDK's client of Bedrock, against a server on loopback. */
import http from "node:http";
import * as packageExports from "@aws-sdk/client-bedrock-runtime";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { observe } from "everspan/bedrock";
import { event, exception } from "./bedrock-frames.mjs";
import { caught, shape, unhandled } from "./compare.mjs";

const USAGE = { inputTokens: 9, outputTokens: 3, totalTokens: 12, cacheReadInputTokens: 4 };
const CONVERSE = {
  output: { message: { role: "assistant", content: [{ text: "four" }] } },
  stopReason: "end_turn",
  usage: USAGE,
  metrics: { latencyMs: 5 },
};
const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-x-1",
  content: [{ type: "text", text: "four" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 9, output_tokens: 3 },
};

const CONVERSE_EVENTS = [
  event("messageStart", { role: "assistant" }),
  event("contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { text: "hm" } } }),
  event("contentBlockDelta", { contentBlockIndex: 1, delta: { text: "fo" } }),
  event("contentBlockDelta", { contentBlockIndex: 1, delta: { text: "ur" } }),
  event("contentBlockStart", { contentBlockIndex: 2, start: { toolUse: { toolUseId: "t1", name: "add" } } }),
  event("contentBlockDelta", { contentBlockIndex: 2, delta: { toolUse: { input: '{"a":' } } }),
  event("contentBlockDelta", { contentBlockIndex: 2, delta: { toolUse: { input: "1}" } } }),
  event("contentBlockStop", { contentBlockIndex: 2 }),
  event("messageStop", { stopReason: "tool_use" }),
  event("metadata", { usage: USAGE, metrics: { latencyMs: 5 } }),
];
const chunk = (value) => event("chunk", { bytes: Buffer.from(JSON.stringify(value)).toString("base64") });
const MESSAGE_CHUNKS = [
  chunk({ type: "message_start", message: { ...MESSAGE, content: [], usage: { input_tokens: 9, output_tokens: 1 } } }),
  chunk({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
  chunk({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "four" } }),
  chunk({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } }),
];

async function startServer() {
  const requests = [];
  const next = [];
  const server = http.createServer(async (request, reply) => {
    let text = "";
    for await (const part of request) text += part;
    requests.push({ method: request.method, url: request.url, body: JSON.parse(text || "{}") });
    const told = next.shift();
    reply.setHeader("x-amzn-requestid", "req_1");
    if (typeof told === "number") {
      const type = told === 400 ? "ValidationException" : "ServiceUnavailableException";
      reply.writeHead(told, { "content-type": "application/json", "x-amzn-errortype": type });
      return reply.end(JSON.stringify({ message: `scripted ${told}` }));
    }
    const { url } = request;
    const isStream = url.endsWith("stream");
    if (!isStream) {
      const answer = url.includes("embed") ? { embedding: [1, 2, 3], inputTextTokenCount: 4 } : MESSAGE;
      reply.writeHead(200, { "content-type": "application/json" });
      return reply.end(JSON.stringify(url.endsWith("/invoke") ? answer : CONVERSE));
    }
    reply.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    const events = url.endsWith("converse-stream") ? CONVERSE_EVENTS : MESSAGE_CHUNKS;
    for (const [index, bytes] of events.entries()) {
      reply.write(bytes);
      if (index === 1 && told === "error") reply.write(exception("throttlingException", "slow down"));
      if (index === 1 && told === "torn") {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return request.socket.destroy();
      }
      if (index === 1 && told === "hang") return;
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

const make = (endpoint) =>
  new BedrockRuntimeClient({
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    requestHandler: new NodeHttpHandler(),
    maxAttempts: 2,
    retryStrategy: undefined,
  });
const request = { modelId: "claude-x", messages: [{ role: "user", content: [{ text: "2 + 2?" }] }] };
const ask = (c, options) => c.send(new ConverseCommand(request), options);
const stream = (c, options) => c.send(new ConverseStreamCommand(request), options);
const invoke = (modelId) => ({ modelId, body: JSON.stringify({ messages: [{ role: "user", content: "2 + 2?" }] }) });

const features = {
  Converse: async (c, log) => {
    const promise = ask(c);
    log(shape(promise), promise.constructor === Promise);
    const reply = await promise;
    log(shape(reply), reply);
  },
  ConverseStream: async (c, log) => {
    const reply = await stream(c);
    log(shape(reply), shape(reply.stream));
    for await (const part of reply.stream) log(part);
  },
  "ConverseStream, left early": async (c, log) => {
    for await (const part of (await stream(c)).stream) {
      log(part);
      break;
    }
  },
  "ConverseStream that nobody reads": { open: 1, run: async (c, log) => log(shape((await stream(c)).stream)) },
  "ConverseStream with an error in it": (c, log, server) => {
    server.next.push("error");
    return caught(log, async () => {
      for await (const part of (await stream(c)).stream) log(part);
    });
  },
  "ConverseStream that breaks": (c, log, server) => {
    server.next.push("torn");
    return caught(log, async () => {
      for await (const part of (await stream(c)).stream) log(part);
    });
  },
  "ConverseStream, aborted while it runs": (c, log, server) => {
    server.next.push("hang");
    const controller = new AbortController();
    return caught(log, async () => {
      const reply = await stream(c, { abortSignal: controller.signal });
      for await (const part of reply.stream) {
        log(part);
        controller.abort();
      }
      return "ended";
    });
  },
  InvokeModel: async (c, log) => {
    const reply = await c.send(new InvokeModelCommand(invoke("anthropic.claude-x")));
    log(shape(reply), reply.body.constructor.name, JSON.parse(new TextDecoder().decode(reply.body)));
  },
  "InvokeModel of embeddings": async (c, log) => {
    const reply = await c.send(new InvokeModelCommand(invoke("amazon.titan-embed")));
    log(JSON.parse(reply.body.transformToString()));
  },
  InvokeModelWithResponseStream: async (c, log) => {
    const reply = await c.send(new InvokeModelWithResponseStreamCommand(invoke("anthropic.claude-x")));
    for await (const part of reply.body) log(Buffer.from(part.chunk.bytes).toString());
  },
  "by a callback": (c, log) =>
    new Promise((resolve) => {
      c.send(new ConverseCommand(request), (error, reply) => resolve(log(error, reply)));
    }),
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
      const { $metadata, ...reply } = await ask(c);
      log(reply, $metadata.attempts);
    },
  },
  "aborted before": {
    spans: 1,
    run: (c, log) => {
      const controller = new AbortController();
      controller.abort();
      return caught(log, () => ask(c, { abortSignal: controller.signal }));
    },
  },
  "100 in parallel": async (c, log) => {
    log((await Promise.all(Array.from({ length: 100 }, () => ask(c)))).length);
  },
  "the client itself": {
    spans: 0,
    run: async (c, log) => log(Object.keys(c), c.constructor.name, c instanceof BedrockRuntimeClient),
  },
};

/** All that the client can be sent. */
const commands = Object.keys(packageExports).filter((name) => /[a-z]Command$/.test(name));

export const bedrock = { features, make, observe, startServer, commands };
