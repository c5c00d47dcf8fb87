/** One request, one model span: a framework's model with an observed client under it. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { tool as langChainTool } from "@langchain/core/tools";
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI, ChatOpenAICompletions, ChatOpenAIResponses } from "@langchain/openai";
import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  run,
  setTraceProcessors,
  setTracingDisabled,
  tool,
} from "@openai/agents";
import { tool as aiTool, generateText, isStepCount, streamText } from "ai";
import { MemoryExporter, Tracer } from "everspan";
import { registerEverspan as registerAi } from "everspan/ai";
import { everspanHandler } from "everspan/langchain";
import { observe } from "everspan/openai";
import { everspanProcessor } from "everspan/openai-agents";
import OpenAI from "openai";
import { z } from "zod";
import { modelOn } from "./programs/model-on-client.mjs";
import { startProvider } from "./scripted-provider.mjs";

let provider;
let memory;
let tracer;
let client;
before(async () => {
  provider = await startProvider();
  setTracingDisabled(false);
});
after(() => provider.close());
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
  client = observe(new OpenAI({ apiKey: "key", baseURL: provider.url, maxRetries: 0 }), { tracer });
  setTraceProcessors([everspanProcessor({ tracer })]);
  provider.requests.length = 0;
});

const city = z.object({ city: z.string() });
const spans = async () => {
  // Where another processor is in front we are told of the ends in later turns.
  for (let turn = 0; turn < 200 && tracer.stats().queue.openSpans > 0; turn += 1) await new Promise(setImmediate);
  await tracer.flush();
  assert.equal(tracer.stats().queue.openSpans, 0, "no span is left open");
  return memory.spans();
};
const named = (list, name) => list.filter((span) => span.name === name);
const models = (list) => list.filter(({ type }) => type === "COMPLETION");
/** Each request is one model span, to which its own answer was added. */
function assertOneEach(all, count) {
  assert.equal(provider.requests.length, count);
  assert.equal(models(all).length, count, all.map(({ name }) => name).join());
  for (const { data } of models(all)) {
    assert.equal(data.requestId, `req_${data.responseId}`);
    assert.equal(data.usage.output_tokens ?? data.usage.outputTokens ?? data.usage.completion_tokens, 7);
  }
  assert.equal(new Set(models(all).map(({ data }) => data.requestId)).size, count);
}

function chat(options = {}) {
  const fields = { apiKey: "key", model: "gpt-4", maxRetries: 0, ...options };
  const completions = Object.assign(new ChatOpenAICompletions(fields), { client });
  const responses = Object.assign(new ChatOpenAIResponses(fields), { client });
  return new ChatOpenAI({ ...fields, completions, responses });
}
const traced = () => ({ callbacks: [everspanHandler({ tracer })] });

for (const useResponsesApi of [false, true]) {
  test(`LangChain, ${useResponsesApi ? "Responses" : "chat"}: whole, streamed, and nothing of its context is left behind`, async () => {
    await tracer.span("turn", async (turn) => {
      const reply = chat({ useResponsesApi }).invoke("weather?", traced());
      assert.equal(tracer.activeSpan(), turn);
      assert.equal((await reply).text, "It is 12 degrees.");
      assert.equal(tracer.activeSpan(), turn);
      for await (const _ of await chat({ useResponsesApi }).stream("weather?", traced())) {
        assert.equal(tracer.activeSpan(), turn);
      }
      assert.equal(tracer.activeSpan(), turn);
    });
    const all = await spans();
    assertOneEach(all, 2);
    for (const model of models(all)) assert.equal(model.parentId, named(all, "turn")[0].id);
  });
}

test("LangChain: many at the same time keep apart, and what the program asks of the client itself is a call of its own", async () => {
  await tracer.span("turn", () =>
    Promise.all([
      ...Array.from({ length: 20 }, (_, n) => chat().invoke(`weather ${n}?`, traced())),
      client.chat.completions.create({ model: "gpt-4", messages: [] }),
    ]),
  );
  const all = await spans();
  assert.equal(models(all).length, 21);
  const own = named(all, "chat.completions.create");
  assert.equal(own.length, 1);
  const [turn] = named(all, "turn");
  for (const { parentId, data } of models(all)) {
    assert.equal(parentId, turn.id);
    assert.equal(data.requestId, `req_${data.responseId}`);
  }
});

const questionOf = ({ messages: [{ content, kwargs }] }) => content ?? kwargs.content;
/** Which request a model's span was given: the one that asked what it asked. */
function assertOwnRequests(all) {
  for (const { input, data } of models(all)) {
    const content = questionOf(input);
    const at = provider.requests.findIndex(({ body }) => body.messages[0].content === content);
    assert.equal(data.requestId, `req_chatcmpl-${at + 1}`, content);
  }
}

test("LangChain: several prompts in one call are one model span each, with its own request's answer", async () => {
  provider.restart();
  await tracer.span("turn", () => chat().generate([["a?"], ["b?"], ["c?"]], traced()));
  const all = await spans();
  assertOneEach(all, 3);
  assertOwnRequests(all);
  const [turn] = named(all, "turn");
  for (const { parentId } of models(all)) assert.equal(parentId, turn.id);
});

test("LangChain: of prompts that are the same none is taken for another's, and one that is sent again is the one that failed", async () => {
  await tracer.span("turn", () => chat().generate([["a?"], ["a?"]], traced()));
  assertOneEach(await spans(), 2);

  memory.reset();
  provider.restart();
  provider.requests.length = 0;
  provider.fail(500);
  await chat({ maxRetries: 1 }).generate([["a?"], ["b?"]], traced());
  const all = await spans();
  assert.equal(provider.requests.length, 3);
  assert.deepEqual(
    models(all).map(({ input, data }) => [questionOf(input), data.attempts]),
    [
      ["a?", 2],
      ["b?", undefined],
    ],
  );
});

test("LangChain: what its cache has no answer for is one model span with its request, what it has is one without", async () => {
  const cached = chat({ cache: true });
  await tracer.span("turn", async () => {
    await cached.generate([["a?"], ["b?"]], traced());
    await cached.invoke("c?", traced());
    await client.chat.completions.create({ model: "gpt-4", messages: [{ role: "user", content: "d?" }] });
  });
  const first = await spans();
  assertOneEach(first, 4);
  assert.equal(named(first, "chat.completions.create").length, 1);

  memory.reset();
  await cached.invoke("a?", traced());
  const [hit, ...others] = models(await spans());
  assert.deepEqual([others, provider.requests.length], [[], 4]);
  assert.deepEqual([hit.data.cached, hit.data.requestId, hit.data.usage.total_tokens], [true, undefined, 0]);
});

test("LangChain: a failed request that LangChain sends again is one call with its attempts; an error is the call's", async () => {
  provider.fail(500);
  await chat({ maxRetries: 1 }).invoke("x", traced());
  const [model, ...others] = models(await spans());
  assert.deepEqual(others, []);
  assert.deepEqual([model.status, model.data.attempts], ["OK", 2]);

  memory.reset();
  provider.fail(400);
  await assert.rejects(chat().invoke("x", traced()), /the provider answers 400/);
  const [failed, ...more] = models(await spans());
  assert.deepEqual(more, []);
  assert.deepEqual([failed.status, failed.data.status], ["ERROR", 400]);
});

test("LangGraph: an agent's models and a node's, with a client that a tool asks itself", async () => {
  const weather = langChainTool(
    async () => {
      const { choices } = await client.chat.completions.create({ model: "gpt-small", messages: [] });
      return choices[0].message.content;
    },
    { name: "weather", description: "the weather", schema: city },
  );
  const agent = createReactAgent({ llm: chat(), tools: [weather] });
  const State = Annotation.Root({
    said: Annotation({ reducer: (one, other) => [...one, ...other], default: () => [] }),
  });
  const ask = (question) => async () => ({ said: [(await chat().invoke(question)).text] });
  const graph = new StateGraph(State)
    .addNode("agent", async () => {
      const { messages } = await agent.invoke({ messages: [["user", "weather in Bern?"]] });
      return { said: [messages.at(-1).content] };
    })
    .addNode("left", ask("left?"))
    .addNode("right", ask("right?"))
    .addEdge(START, "agent")
    .addEdge("agent", "left")
    .addEdge("agent", "right")
    .addEdge("left", END)
    .addEdge("right", END)
    .compile();
  await graph.invoke({}, traced());
  const all = await spans();
  assertOneEach(all, 5);
  const [own] = named(all, "chat.completions.create");
  assert.equal(own.parentId, named(all, "weather")[0].id);
});

/** Another processor in front: ours is told of everything in a later turn. */
const slow = Object.fromEntries(
  ["onTraceStart", "onTraceEnd", "onSpanStart", "onSpanEnd", "shutdown", "forceFlush"].map((name) => [
    name,
    () => new Promise((resolve) => setImmediate(resolve)),
  ]),
);

for (const [Model, stream, isBehind] of [
  [OpenAIResponsesModel, false, false],
  [OpenAIResponsesModel, true, false],
  [OpenAIResponsesModel, false, true],
  [OpenAIResponsesModel, true, true],
  [OpenAIChatCompletionsModel, false, false],
  [OpenAIChatCompletionsModel, true, true],
]) {
  const how = `${Model.name}${stream ? ", streamed" : ""}${isBehind ? ", behind another processor" : ""}`;
  test(`openai-agents, ${how}: models, and what tools and sub-agents do`, async () => {
    if (isBehind) setTraceProcessors([slow, everspanProcessor({ tracer })]);
    const weather = tool({
      name: "weather",
      description: "the weather",
      parameters: city,
      execute: async () => {
        const { choices } = await client.chat.completions.create({ model: "gpt-small", messages: [] });
        return tracer.span("own work", () => choices[0].message.content);
      },
    });
    const model = new Model(client, "gpt-4o");
    const inner = new Agent({ name: "inner", model, tools: [weather] });
    const ask = inner.asTool({ toolName: "ask", toolDescription: "asks" });
    const agent = new Agent({ name: "outer", model, tools: [ask] });
    await tracer.span("turn", async (turn) => {
      const result = await run(agent, "weather in Bern?", { stream });
      if (stream) for await (const _ of result) assert.equal(tracer.activeSpan(), turn);
      await result.completed;
      assert.equal(result.finalOutput, "It is 12 degrees.");
      assert.equal(tracer.activeSpan(), turn);
    });
    const all = await spans();
    assertOneEach(all, 5);
    const [weatherSpan] = named(all, "weather");
    assert.equal(named(all, "chat.completions.create")[0].parentId, weatherSpan.id);
    assert.equal(named(all, "own work")[0].parentId, weatherSpan.id);
    const byId = new Map(all.map((span) => [span.id, span]));
    const above = [];
    for (let { parentId } = weatherSpan; parentId !== undefined; { parentId } = byId.get(parentId)) {
      above.push(byId.get(parentId).name);
    }
    assert.deepEqual(
      above.filter((name) => ["inner", "ask", "outer"].includes(name)),
      ["inner", "ask", "outer"],
    );
  });
}

test("openai-agents: runs at the same time keep apart, one that fails has its error once", async () => {
  provider.fail(400);
  const model = new OpenAIResponsesModel(client, "gpt-4o");
  const agent = new Agent({ name: "guide", model });
  const ends = await Promise.allSettled(
    Array.from({ length: 10 }, (_, n) => tracer.span(`turn ${n}`, () => run(agent, "x"))),
  );
  assert.equal(ends.filter(({ status }) => status === "rejected").length, 1);
  const all = await spans();
  assert.equal(models(all).length, 10);
  assert.equal(models(all).filter(({ status }) => status === "ERROR").length, 1);
  for (const { data, status } of models(all))
    if (status === "OK") assert.equal(data.requestId, `req_${data.responseId}`);
});

for (const stream of [false, true]) {
  test(`AI SDK: a model of one's own on an observed client${stream ? ", streamed" : ""}`, async () => {
    const unregister = registerAi({ tracer });
    try {
      const ask = { model: modelOn(client), prompt: "weather?", stopWhen: isStepCount(3) };
      const tools = {
        weather: aiTool({
          description: "the weather",
          inputSchema: city,
          execute: async () => (await client.chat.completions.create({ model: "gpt-small", messages: [] })).id,
        }),
      };
      await tracer.span("turn", async () => {
        const { text } = stream ? streamText({ ...ask, tools }) : await generateText({ ...ask, tools });
        assert.equal(await text, "It is 12 degrees.");
      });
    } finally {
      unregister();
    }
    const all = await spans();
    assertOneEach(all, 3);
    assert.equal(named(all, "chat.completions.create")[0].parentId, named(all, "weather")[0].id);
  });
}
