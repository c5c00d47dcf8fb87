import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { tool } from "@langchain/core/tools";
import { Annotation, END, interrupt, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { MemoryExporter, Tracer } from "everspan";
import { everspanHandler, registerEverspan } from "everspan/langchain";
import { z } from "zod";
import { startProvider } from "./scripted-provider.mjs";

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

const chat = (options = {}) =>
  new ChatOpenAI({
    apiKey: "key",
    model: "gpt-4",
    maxRetries: 0,
    configuration: { baseURL: provider.url },
    ...options,
  });
const weather = tool(async ({ city }) => `${city}: 12 degrees`, {
  name: "weather",
  description: "the weather",
  schema: z.object({ city: z.string() }),
});
const spans = async () => {
  await tracer.flush();
  assert.equal(tracer.stats().queue.openSpans, 0, "no span is left open");
  return memory.spans();
};
const named = (list, name) => list.filter((span) => span.name === name);

test("an agent's run is a tree of nodes, model calls and tools under the caller's span", async () => {
  const agent = createReactAgent({ llm: chat(), tools: [weather] });
  const result = await tracer.span("turn", () =>
    agent.invoke({ messages: [["user", "weather in Bern?"]] }, { callbacks: [everspanHandler({ tracer })] }),
  );
  assert.equal(result.messages.at(-1).content, "It is 12 degrees.");
  const all = await spans();
  const [turn] = named(all, "turn");
  const models = named(all, "gpt-4");
  assert.equal(models.length, 2, "one model span for each request");
  assert.deepEqual([...new Set(models.map(({ type }) => type))], ["COMPLETION"]);
  assert.equal(models[0].data.usage.input_tokens, 20);
  assert.equal(models[0].data.usage.input_token_details.cache_read, 8);
  const [toolSpan] = named(all, "weather");
  assert.equal(toolSpan.type, "CODE_EXECUTION");
  assert.deepEqual(toolSpan.input, { city: "Bern" });
  const root = all.find(({ parentId }) => parentId === turn.id);
  assert.equal(root.type, "AGENT_WORKFLOW");
  const byId = new Map(all.map((span) => [span.id, span]));
  for (const span of [...models, toolSpan]) {
    let above = span;
    while (above.parentId !== undefined) above = byId.get(above.parentId);
    assert.equal(above, turn);
  }
  assert.ok(!all.some(({ name }) => name.startsWith("Runnable")), "how LangChain joins runs is not shown");
});

test("a stream's reply, usage and first token are there", async () => {
  let text = "";
  for await (const chunk of await chat().stream("weather?", { callbacks: [everspanHandler({ tracer })] }))
    text += chunk.content;
  assert.equal(text, "It is 12 degrees.");
  const [model] = named(await spans(), "gpt-4");
  assert.match(JSON.stringify(model.output), /It is 12 degrees/);
  assert.equal(model.data.usage.output_tokens, 7);
  assert.equal(typeof model.data.timeToFirstTokenMs, "number");
});

test("an error is the model call's and the chain's, and reaches the application", async () => {
  provider.fail(400);
  const chain = ChatPromptTemplate.fromTemplate("{q}").pipe(chat()).pipe(new StringOutputParser());
  const failure = await chain.invoke({ q: "x" }, { callbacks: [everspanHandler({ tracer })] }).catch((error) => error);
  assert.match(failure.message, /the provider answers 400/);
  const all = await spans();
  assert.equal(named(all, "gpt-4")[0].status, "ERROR");
  assert.equal(all.find(({ parentId }) => parentId === undefined).status, "ERROR");
});

test("an aborted stream is canceled", async () => {
  provider.hold(true);
  try {
    const abort = new AbortController();
    const stream = await chat().stream("x", { callbacks: [everspanHandler({ tracer })], signal: abort.signal });
    await assert.rejects(async () => {
      for await (const _ of stream) abort.abort();
    });
    const [model] = named(await spans(), "gpt-4");
    assert.equal(model.status, "CANCELED");
  } finally {
    provider.hold(false);
  }
});

test("a graph that waits for a person is interrupted, not failed, and goes on in a run of its own", async () => {
  const state = Annotation.Root({ answer: Annotation() });
  const graph = new StateGraph(state)
    .addNode("ask", () => ({ answer: interrupt({ question: "sure?" }) }))
    .addEdge(START, "ask")
    .addEdge("ask", END)
    .compile({ checkpointer: new MemorySaver() });
  await graph.invoke({}, { callbacks: [everspanHandler({ tracer })], configurable: { thread_id: "1" } });
  const all = await spans();
  const [node] = named(all, "ask");
  assert.equal(node.status, "OK");
  assert.equal(node.data.state, "interrupted");
  assert.equal(node.output.interrupts[0].value.question, "sure?");
});

test("registered once, every run is traced without callbacks, wherever it starts, and once", async () => {
  registerEverspan(CallbackManager, { tracer: new Tracer() });
  const end = registerEverspan(CallbackManager, { tracer });
  await chat().invoke("x");
  const agent = createReactAgent({ llm: chat(), tools: [weather] });
  await agent.invoke({ messages: [["user", "weather?"]] }, { callbacks: [{ handleChainStart() {} }] });
  end();
  await chat().invoke("not traced");
  assert.equal(named(await spans(), "gpt-4").length, 3);
});

test("spans of one's own in a tool, a node or a lambda belong to it, without a word of the application", async () => {
  const own = tool(({ city }) => tracer.span("own work", () => `${city}: 12 degrees`), {
    name: "weather",
    description: "the weather",
    schema: z.object({ city: z.string() }),
  });
  const State = Annotation.Root({ city: Annotation() });
  const node = async ({ city }) => {
    await tracer.span("before", async () => {});
    await own.invoke({ city });
    await tracer.span("after", async () => {});
    return {};
  };
  const graph = new StateGraph(State).addNode("look", node).addEdge(START, "look").addEdge("look", END).compile();
  const inAll = registerEverspan(CallbackManager, { tracer });
  try {
    await Promise.all(["Bern", "Chur"].map((city) => tracer.span(city, () => graph.invoke({ city }))));
  } finally {
    inAll();
  }
  const all = await spans();
  for (const city of ["Bern", "Chur"]) {
    const ofTrace = all.filter(({ traceId }) => traceId === named(all, city)[0].traceId);
    const [look] = named(ofTrace, "look");
    const [weatherSpan] = named(ofTrace, "weather");
    assert.deepEqual(
      ["before", "weather", "after", "own work"].map((name) => named(ofTrace, name)[0].parentId),
      [look.id, look.id, look.id, weatherSpan.id],
    );
  }
});
