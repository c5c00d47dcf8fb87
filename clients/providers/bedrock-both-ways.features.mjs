/** What people do with Bedrock's stream that goes both ways, against a server of HTTP/2 on loopback. */
import http2 from "node:http2";
import { BedrockRuntimeClient, InvokeModelWithBidirectionalStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttp2Handler } from "@smithy/node-http-handler";
import { observe } from "everspan/bedrock";
import { event, exception } from "./bedrock-frames.mjs";
import { caught, shape } from "./compare.mjs";

const chunk = (told) => event("chunk", { bytes: Buffer.from(JSON.stringify({ event: told })).toString("base64") });
const ids = { sessionId: "s-1", promptName: "p-1", completionId: "c-1" };
const content = (contentId, type, role, stage) => ({
  contentStart: {
    ...ids,
    contentId,
    type,
    role,
    ...(stage && { additionalModelFields: JSON.stringify({ generationStage: stage }) }),
  },
});
const text = (contentId, said) => ({ textOutput: { ...ids, contentId, content: said } });
const end = (contentId, type, stopReason) => ({ contentEnd: { ...ids, contentId, type, stopReason } });
const usage = (input, output) => ({
  usageEvent: {
    ...ids,
    details: {
      total: { input: { speechTokens: 5, textTokens: input - 5 }, output: { speechTokens: 0, textTokens: output } },
    },
    totalInputTokens: input,
    totalOutputTokens: output,
    totalTokens: input + output,
  },
});
const ANSWER = [
  { completionStart: ids },
  content("1", "TEXT", "USER", "FINAL"),
  text("1", "what is 2 + 2?"),
  end("1", "TEXT", "PARTIAL_TURN"),
  content("2", "TOOL", "TOOL"),
  { toolUse: { ...ids, contentId: "2", toolName: "add", toolUseId: "t-1", content: '{"a":2,"b":2}' } },
  end("2", "TOOL", "TOOL_USE"),
  usage(9, 2),
];
const AFTER_THE_TOOL = [
  content("3", "TEXT", "ASSISTANT", "SPECULATIVE"),
  text("3", "It will be four."),
  end("3", "TEXT", "PARTIAL_TURN"),
  content("4", "AUDIO", "ASSISTANT"),
  { audioOutput: { ...ids, contentId: "4", content: "UklGRg==" } },
  end("4", "AUDIO", "PARTIAL_TURN"),
  content("5", "TEXT", "ASSISTANT", "FINAL"),
  text("5", "Four."),
  end("5", "TEXT", "END_TURN"),
  usage(12, 5),
  { completionEnd: { ...ids, stopReason: "END_TURN" } },
];

/** A signed message holds another one, whose payload has the bytes. */
function* framesIn(bytes) {
  for (let at = 0; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (at + length > bytes.length) return;
    yield bytes.subarray(at + 12 + bytes.readUInt32BE(at + 4), at + length - 4);
    at += length;
  }
}
function eventsIn(payload) {
  const [inner] = payload.length > 16 ? [...framesIn(payload)] : [];
  return inner === undefined ? [] : [JSON.parse(Buffer.from(JSON.parse(String(inner)).bytes, "base64")).event];
}

async function startServer() {
  const requests = [];
  const next = [];
  const server = http2.createServer();
  const sessions = new Set();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    const received = [];
    requests.push({ method: headers[":method"], url: headers[":path"], received });
    stream.on("error", () => {});
    const told = next.shift();
    if (told === 400) {
      stream.respond({ ":status": 400, "content-type": "application/json", "x-amzn-errortype": "ValidationException" });
      return stream.end(JSON.stringify({ message: "scripted 400" }));
    }
    stream.respond({
      ":status": 200,
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-requestid": "req_1",
    });
    let bytes = Buffer.alloc(0);
    let seen = 0;
    stream.on("data", (data) => {
      bytes = Buffer.concat([bytes, data]);
      for (const payload of [...framesIn(bytes)].slice(seen)) {
        seen += 1;
        for (const given of eventsIn(payload)) {
          received.push(given);
          answer(given);
        }
      }
    });
    const answer = (given) => {
      if (given.textInput !== undefined && received.some((event) => event.contentEnd === undefined) && !stream.asked) {
        // The question, after the system's text.
        if (received.filter((event) => event.textInput).length < 2) return;
        stream.asked = true;
        for (const part of ANSWER) stream.write(chunk(part));
        if (told === "error") stream.write(exception("throttlingException", "slow down"));
      }
      if (given.toolResult !== undefined) for (const part of AFTER_THE_TOOL) stream.write(chunk(part));
      if (given.sessionEnd !== undefined) stream.end();
    };
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    next,
    close: () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

const make = (endpoint) =>
  new BedrockRuntimeClient({
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    requestHandler: new NodeHttp2Handler(),
    maxAttempts: 1,
  });

const contentStart = (contentName, type, role, more) => ({
  contentStart: { promptName: "p-1", contentName, type, role, ...more },
});
const said = (contentName, words) => ({ textInput: { promptName: "p-1", contentName, content: words } });
const over = (contentName) => ({ contentEnd: { promptName: "p-1", contentName } });
const BEGINNING = [
  { sessionStart: { inferenceConfiguration: { maxTokens: 100 } } },
  { promptStart: { promptName: "p-1", toolConfiguration: { tools: [{ toolSpec: { name: "add" } }] } } },
  contentStart("a", "TEXT", "SYSTEM"),
  said("a", "be brief"),
  over("a"),
  contentStart("b", "AUDIO", "USER"),
  { audioInput: { promptName: "p-1", contentName: "b", content: "UklGRg==" } },
  over("b"),
  contentStart("c", "TEXT", "USER"),
  said("c", "and slowly"),
  over("c"),
];
const RESULT = [
  contentStart("d", "TOOL", "TOOL", { toolResultInputConfiguration: { toolUseId: "t-1", type: "TEXT" } }),
  { toolResult: { promptName: "p-1", contentName: "d", content: '{"sum":4}' } },
  over("d"),
];
const ENDING = [{ promptEnd: { promptName: "p-1" } }, { sessionEnd: {} }];

/** What a program sends, which waits for what comes. */
class Sending {
  #ready = [...BEGINNING];
  #wake = () => {};
  add(...events) {
    this.#ready.push(...events);
    this.#wake();
  }
  async *[Symbol.asyncIterator]() {
    for (;;) {
      const given = this.#ready.shift();
      if (given === undefined) {
        await new Promise((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      yield { chunk: { bytes: Buffer.from(JSON.stringify({ event: given })) } };
      if (given.sessionEnd !== undefined) return;
    }
  }
}

const modelId = "amazon.nova-sonic";
const command = (body) => new InvokeModelWithBidirectionalStreamCommand({ modelId, body });
const eventOf = (part) => JSON.parse(Buffer.from(part.chunk.bytes)).event;

const features = {
  "a conversation with a tool": async (c, log) => {
    const sending = new Sending();
    const asked = command(sending);
    const reply = await c.send(asked);
    log(asked.input.body === sending, shape(reply), shape(reply.body));
    for await (const part of reply.body) {
      const given = eventOf(part);
      log(given);
      if (given.contentEnd?.type === "TOOL") sending.add(...RESULT);
      if (given.completionEnd !== undefined) sending.add(...ENDING);
    }
  },
  "left early": async (c, log) => {
    const sending = new Sending();
    for await (const part of (await c.send(command(sending))).body) {
      log(eventOf(part));
      break;
    }
    sending.add(...ENDING);
  },
  "an error in it": (c, log, server) => {
    server.next.push("error");
    return caught(log, async () => {
      for await (const part of (await c.send(command(new Sending()))).body) log(eventOf(part));
    });
  },
  "aborted while it runs": (c, log) => {
    const controller = new AbortController();
    return caught(log, async () => {
      const { body } = await c.send(command(new Sending()), { abortSignal: controller.signal });
      for await (const part of body) {
        log(eventOf(part));
        controller.abort();
      }
      return "ended";
    });
  },
  "a refusal": (c, log, server) => {
    server.next.push(400);
    return caught(log, () => c.send(command(new Sending())));
  },
  "what is sent fails": (c, log) =>
    caught(log, async () => {
      const failing = (async function* () {
        for (const given of BEGINNING) yield { chunk: { bytes: Buffer.from(JSON.stringify({ event: given })) } };
        throw new Error("the microphone is gone");
      })();
      for await (const part of (await c.send(command(failing))).body) log(eventOf(part));
      return "ended";
    }),
};

export const bedrockBothWays = { features, make, observe, startServer };
