/**
 * A stream whose reader leaves: neither the AI SDK nor LangChain says a word of it, and neither cancels the provider's stream.
 * Its spans end when nobody is left who could read on.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { ChatOpenAI } from "@langchain/openai";
import { streamText } from "ai";
import { MemoryExporter, Tracer } from "everspan";
import { registerEverspan as registerAi } from "everspan/ai";
import { everspanHandler, registerEverspan as registerLangChain } from "everspan/langchain";
import { startProvider } from "./scripted-provider.mjs";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

let provider;
let memory;
let tracer;
before(async () => {
  provider = await startProvider();
});
after(() => provider.close());
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
});

/** What ends is told; what is in use is not collected. */
async function endedSpans() {
  while (tracer.stats().queue.openSpans > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  await tracer.flush();
  return memory.spans();
}

async function collectedWhile(reading) {
  for (let n = 0; n < 20; n += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  return reading();
}

const leave = async (stream, isEnough = () => true) => {
  for await (const piece of stream) if (isEnough(piece)) return piece;
};

/** A model whose reply comes in many pieces, each when it is asked for. */
function modelOf(pieces) {
  const parts = (function* () {
    yield { type: "stream-start", warnings: [] };
    yield { type: "text-start", id: "1" };
    for (let n = 0; n < pieces; n += 1) yield { type: "text-delta", id: "1", delta: "x" };
    yield { type: "text-end", id: "1" };
    const usage = { inputTokens: { total: 9 }, outputTokens: { total: pieces } };
    yield { type: "finish", usage, finishReason: { unified: "stop", raw: "stop" } };
  })();
  const pull = (controller) => {
    const { done, value } = parts.next();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  const doStream = async () => ({ stream: new ReadableStream({ pull }) });
  return { specificationVersion: "v3", provider: "scripted", modelId: "model", supportedUrls: {}, doStream };
}

const AI = {
  "an iteration": ({ textStream }) => leave(textStream),
  "all its parts": ({ fullStream }) => leave(fullStream),
  "a reader that cancels": async ({ textStream }) => {
    const reader = textStream.getReader();
    await reader.read();
    await reader.cancel();
  },
  "a response that its client leaves": async (result) => {
    const reader = result.toTextStreamResponse().body.getReader();
    await reader.read();
    await reader.cancel();
  },
};
for (const [name, read] of Object.entries(AI)) {
  test(`AI SDK: ${name}, left early, is canceled once it is gone`, { timeout: 60_000 }, async () => {
    const unregister = registerAi({ tracer });
    // A function of its own: what it held is gone when it has ended.
    await (async () => void (await read(streamText({ model: modelOf(1_000), prompt: "weather?" }))))();
    const spans = await endedSpans();
    unregister();
    assert.deepEqual(spans.map(({ name: of, status, data }) => [of, status, data["everspan.unconsumed"]]).toSorted(), [
      ["model", "CANCELED", undefined],
      ["streamText", "CANCELED", true],
    ]);
  });
}

test("AI SDK: a stream that is read on after a while is no other than one that is read immediately", async () => {
  const unregister = registerAi({ tracer });
  const iterator = streamText({ model: modelOf(100), prompt: "weather?" }).textStream[Symbol.asyncIterator]();
  await iterator.next();
  const rest = await collectedWhile(async () => {
    assert.equal(tracer.stats().queue.openSpans, 2);
    let text = "";
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) text += step.value;
    return text;
  });
  unregister();
  assert.equal(rest.length, 99);
  const spans = await endedSpans();
  assert.deepEqual(
    spans.map(({ status, data }) => [status, data["everspan.unconsumed"]]),
    [
      ["OK", undefined],
      ["OK", undefined],
    ],
  );
});

const chat = () => new ChatOpenAI({ apiKey: "key", model: "gpt-4", configuration: { baseURL: provider.url } });
const chain = () => ChatPromptTemplate.fromTemplate("{q}").pipe(chat()).pipe(new StringOutputParser());
const CHAINS = {
  "a model's stream": () => chat().stream("weather?"),
  "a chain's stream": () => chain().stream({ q: "weather?" }),
  "a stream of events": () => chain().streamEvents({ q: "weather?" }, { version: "v2" }),
};
const canceled = (spans) => {
  assert.ok(spans.some(({ type }) => type === "COMPLETION"));
  for (const { name, status, data } of spans) {
    // What had ended before stays as it was.
    if (data["everspan.unconsumed"] === true || /gpt-4|Sequence/.test(name)) assert.equal(status, "CANCELED", name);
  }
};
for (const [name, begin] of Object.entries(CHAINS)) {
  test(`LangChain: ${name}, left early, is canceled once it is gone`, { timeout: 60_000 }, async () => {
    provider.hold(true);
    const unregister = registerLangChain(CallbackManager, { tracer });
    const isEnough = ({ event }) => event === undefined || event === "on_chat_model_stream";
    await (async () => void (await leave(await begin(), isEnough)))();
    const spans = await endedSpans();
    unregister();
    provider.hold(false);
    canceled(spans);
  });
}

test("LangChain: with a handler of a run's own too", { timeout: 60_000 }, async () => {
  await (async () => {
    await leave(await chain().stream({ q: "weather?" }, { callbacks: [everspanHandler({ tracer })] }));
  })();
  canceled(await endedSpans());
});

test("LangChain: a stream that is read on after a while is no other than one that is read immediately", async () => {
  const unregister = registerLangChain(CallbackManager, { tracer });
  const iterator = (await chain().stream({ q: "weather?" }))[Symbol.asyncIterator]();
  await iterator.next();
  await collectedWhile(async () => {
    while ((await iterator.next()).done !== true);
  });
  unregister();
  const spans = await endedSpans();
  for (const { status, data } of spans) assert.deepEqual([status, data["everspan.unconsumed"]], ["OK", undefined]);
});
