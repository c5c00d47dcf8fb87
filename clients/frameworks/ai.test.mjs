import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { createOpenAI } from "@ai-sdk/openai";
import { embed, generateText, isStepCount, streamText, tool } from "ai";
import { MemoryExporter, Tracer } from "everspan";
import { everspanTelemetry, registerEverspan } from "everspan/ai";
import { z } from "zod";
import { startProvider } from "./scripted-provider.mjs";

let provider;
let openai;
let memory;
let tracer;
let unregister;
before(async () => {
  provider = await startProvider();
  openai = createOpenAI({ apiKey: "key", baseURL: provider.url });
});
after(() => provider.close());
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
  unregister = registerEverspan({ tracer });
});
afterEach(() => unregister());

const weather = (execute) => ({
  weather: tool({ description: "the weather", inputSchema: z.object({ city: z.string() }), execute }),
});
const spans = async () => {
  await tracer.flush();
  assert.equal(tracer.stats().queue.openSpans, 0, "no span is left open");
  return memory.spans();
};
const named = (list, name) => list.filter((span) => span.name === name);

test("a call with a tool is one tree: the call, its two model calls, the tool", async () => {
  let inTool;
  const { text } = await tracer.span("turn", () =>
    generateText({
      model: openai.chat("gpt-4"),
      system: "be brief",
      prompt: "weather in Bern?",
      tools: weather(async () => {
        inTool = tracer.activeSpan()?.name;
        return { degrees: 12 };
      }),
      stopWhen: isStepCount(3),
    }),
  );
  assert.equal(text, "It is 12 degrees.");
  const all = await spans();
  const [turn] = named(all, "turn");
  const [call] = named(all, "generateText");
  const models = named(all, "gpt-4");
  const [toolSpan] = named(all, "weather");
  assert.equal(call.parentId, turn.id);
  assert.equal(call.type, "AGENT_WORKFLOW");
  assert.equal(call.output, "It is 12 degrees.");
  assert.equal(models.length, 2);
  for (const span of [...models, toolSpan]) assert.equal(span.parentId, call.id);
  assert.deepEqual(
    models.map(({ type }) => type),
    ["COMPLETION", "COMPLETION"],
  );
  assert.equal(models[0].data.usage.inputTokens, 20);
  assert.equal(models[0].data.usage.inputTokenDetails.cacheReadTokens, 8);
  assert.equal(models[0].data.model, "gpt-scripted-1");
  assert.match(models[0].data.responseId, /^chatcmpl-/);
  assert.equal(models[0].input.system, "be brief");
  assert.equal(models[0].output.content[0].toolName, "weather");
  assert.equal(models[1].input.messages.length, 3);
  assert.deepEqual(toolSpan.input, { city: "Bern" });
  assert.deepEqual(toolSpan.output, { degrees: 12 });
  assert.equal(inTool, "weather", "what a tool does belongs to its span");
});

test("a stream's reply and usage are there, and the application's chunks are unchanged", async () => {
  const chunks = [];
  for await (const chunk of streamText({ model: openai("gpt-4o"), prompt: "weather?" }).textStream) chunks.push(chunk);
  assert.deepEqual(chunks, ["It is 12 degrees."]);
  const all = await spans();
  const [model] = named(all, "gpt-4o");
  assert.equal(model.output.content[0].text, "It is 12 degrees.");
  assert.equal(model.data.usage.outputTokens, 7);
  assert.equal(typeof model.data.timeToFirstTokenMs, "number");
  assert.equal(named(all, "streamText")[0].output, "It is 12 degrees.");
});

test("an error ends every span and reaches the application unchanged", async () => {
  provider.fail(400);
  const failure = await generateText({ model: openai.chat("gpt-4"), prompt: "x", maxRetries: 0 }).catch(
    (error) => error,
  );
  assert.equal(failure.message, "the provider answers 400");
  const all = await spans();
  assert.deepEqual(
    all.map(({ status }) => status),
    ["ERROR", "ERROR"],
  );
  assert.equal(named(all, "gpt-4")[0].error.message, "the provider answers 400");
});

test("a retry is one model call with its attempts", async () => {
  provider.fail(500);
  await generateText({ model: openai.chat("gpt-4"), prompt: "x", maxRetries: 1 });
  const [model] = named(await spans(), "gpt-4");
  assert.equal(model.data.attempts, 2);
  assert.equal(model.status, "OK");
});

test("a tool that throws is that tool's error, and the run goes on as without us", async () => {
  const { text } = await generateText({
    model: openai.chat("gpt-4"),
    prompt: "x",
    tools: weather(async () => {
      throw new RangeError("no such city");
    }),
    stopWhen: isStepCount(3),
  });
  assert.equal(text, "It is 12 degrees.");
  const [toolSpan] = named(await spans(), "weather");
  assert.equal(toolSpan.status, "ERROR");
  assert.equal(toolSpan.error.message, "no such city");
});

test("an aborted stream is canceled, and nothing stays open", async () => {
  provider.hold(true);
  try {
    const abort = new AbortController();
    const result = streamText({ model: openai.chat("gpt-4"), prompt: "x", abortSignal: abort.signal });
    for await (const chunk of result.textStream) if (chunk !== "") abort.abort();
    const all = await spans();
    assert.deepEqual([...new Set(all.map(({ status }) => status))], ["CANCELED"]);
    assert.equal(all.length, 2);
  } finally {
    provider.hold(false);
  }
});

test("an embedding keeps its count and size, not its vector", async () => {
  await embed({ model: openai.embedding("text-embedding-3-small"), value: "hello" });
  const [span] = named(await spans(), "text-embedding-3-small");
  assert.deepEqual(span.output, { embeddings: 1, dimensions: 2 });
  assert.equal(span.data.usage.tokens, 4);
});

test("a hundred calls at the same time keep their own trees", async () => {
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      tracer.span(`turn ${index}`, () => generateText({ model: openai.chat("gpt-4"), prompt: `question ${index}` })),
    ),
  );
  const all = await spans();
  assert.equal(all.length, 300);
  for (let index = 0; index < 100; index += 1) {
    const [turn] = named(all, `turn ${index}`);
    const call = all.find(({ parentId }) => parentId === turn.id);
    const model = all.find(({ parentId }) => parentId === call.id);
    assert.equal(model.input.messages[0].content, `question ${index}`);
  }
});

test("an integration named by the call replaces the registered ones: ours can be named too", async () => {
  unregister();
  await generateText({
    model: openai.chat("gpt-4"),
    prompt: "x",
    telemetry: { integrations: [everspanTelemetry({ tracer })] },
  });
  assert.equal((await spans()).length, 2);
});

test("payloads that the call asks not to record are not", async () => {
  await generateText({
    model: openai.chat("gpt-4"),
    prompt: "secret question",
    telemetry: { recordInputs: false, recordOutputs: false },
  });
  const text = JSON.stringify(await spans());
  assert.ok(!text.includes("secret question"));
  assert.ok(!text.includes("12 degrees"));
});
