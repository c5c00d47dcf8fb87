/** Graphs of LangGraph, each bare and observed: those that go on after an interrupt or a failure, aborts, retries, branches. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { tool } from "@langchain/core/tools";
import { Annotation, Command, END, interrupt, MemorySaver, Send, START, StateGraph } from "@langchain/langgraph";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { registerEverspan } from "everspan/langchain";
import { z } from "zod";
import { assertUsage, compared, treeOf } from "../harness/compared.mjs";
import { startProvider } from "./scripted-provider.mjs";

let provider;
before(async () => {
  provider = await startProvider();
});
after(() => provider.close());

const playing = (play) => compared(provider, play, (tracer) => registerEverspan(CallbackManager, { tracer }));
const chat = (options) =>
  new ChatOpenAI({
    apiKey: "key",
    model: "gpt-4",
    maxRetries: 0,
    configuration: { baseURL: provider.url },
    ...options,
  });
const schema = z.object({ city: z.string() });
const toolOf = (name, execute) => tool(execute, { name, description: `asks for the ${name}`, schema });
const State = Annotation.Root({
  said: Annotation({ reducer: (one, other) => one.concat(other), default: () => [] }),
});
const config = () => ({ configurable: { thread_id: "thread-1" } });
const CALL = "COMPLETION gpt-4";

test("an interrupted graph that goes on with an answer is a run of its own, in the same thread", async () => {
  const { spans } = await playing(async () => {
    const graph = new StateGraph(State)
      .addNode("first", async () => ({ said: [(await chat().invoke("x")).text] }))
      .addNode("ask", () => ({ said: [interrupt({ question: "sure?" })] }))
      .addNode("last", async () => ({ said: [(await chat().invoke("y")).text] }))
      .addEdge(START, "first")
      .addEdge("first", "ask")
      .addEdge("ask", "last")
      .addEdge("last", END)
      .compile({ checkpointer: new MemorySaver() });
    const first = await graph.invoke({}, config());
    const second = await graph.invoke(new Command({ resume: "yes" }), config());
    return [first.__interrupt__.map(({ value }) => value), second.said];
  });
  assert.deepEqual(treeOf(spans), [
    "AGENT_WORKFLOW LangGraph",
    "  STANDALONE first",
    `    ${CALL}`,
    "  STANDALONE ask",
    "AGENT_WORKFLOW LangGraph",
    "  STANDALONE ask",
    "  STANDALONE last",
    `    ${CALL}`,
  ]);
  const [asked, answered] = spans.filter(({ name }) => name === "ask");
  assert.equal(asked.data.state, "interrupted");
  assert.deepEqual([answered.data.state, answered.output], [undefined, { said: ["yes"] }]);
  assert.deepEqual(new Set(spans.map(({ data }) => data.thread_id)), new Set(["thread-1"]));
});

test("an agent's tool that waits for a person, in a graph within a graph, streamed", async () => {
  const { spans } = await playing(async (tracer) => {
    const book = toolOf("book", async ({ city }) => `${interrupt({ city })} ${tracer.span("own work", () => city)}`);
    const agent = createReactAgent({ llm: chat(), tools: [book], name: "booker" });
    const graph = new StateGraph(
      Annotation.Root({ messages: Annotation({ reducer: (one, other) => one.concat(other), default: () => [] }) }),
    )
      .addNode("booker", agent)
      .addEdge(START, "booker")
      .addEdge("booker", END)
      .compile({ checkpointer: new MemorySaver() });
    const steps = [];
    for (const input of [{ messages: [["user", "book"]] }, new Command({ resume: "booked" })])
      for await (const [mode] of await graph.stream(input, { ...config(), streamMode: ["updates", "messages"] }))
        steps.push(mode);
    return steps;
  });
  assert.deepEqual(treeOf(spans), [
    "AGENT_WORKFLOW LangGraph",
    "  STANDALONE booker",
    "    STANDALONE booker",
    "      STANDALONE agent",
    "        STANDALONE prompt",
    `        ${CALL}`,
    "      STANDALONE tools",
    "        CODE_EXECUTION book",
    "AGENT_WORKFLOW LangGraph",
    "  STANDALONE booker",
    "    STANDALONE booker",
    "      STANDALONE tools",
    "        CODE_EXECUTION book",
    "          STANDALONE own work",
    "      STANDALONE agent",
    "        STANDALONE prompt",
    `        ${CALL}`,
  ]);
  assert.deepEqual(
    spans.filter(({ name }) => name === "book").map(({ data, output }) => [data.state, output?.interrupts?.[0].value]),
    [
      ["interrupted", { city: "Bern" }],
      [undefined, undefined],
    ],
  );
  assertUsage(spans, 2);
});

test("branches at the same time, two of them for parts of a list", async () => {
  const { spans } = await playing(async () => {
    const look = async ({ city }) => ({ said: [(await chat().invoke(city)).text] });
    const graph = new StateGraph(State)
      .addNode("plan", () => ({}))
      .addNode("look", look)
      .addEdge(START, "plan")
      .addConditionalEdges("plan", () => ["Bern", "Chur"].map((city) => new Send("look", { city })))
      .addEdge("look", END)
      .compile();
    return (await graph.invoke({})).said;
  });
  assert.deepEqual(treeOf(spans), [
    "AGENT_WORKFLOW LangGraph",
    "  STANDALONE plan",
    "  STANDALONE look",
    `    ${CALL}`,
    "  STANDALONE look",
    `    ${CALL}`,
  ]);
});

test("a sub-agent that hands over to another node of the graph around it is no failure", async () => {
  const { spans, result } = await playing(async () => {
    const inner = new StateGraph(State)
      .addNode("hand", () => new Command({ goto: "other", graph: Command.PARENT, update: { said: ["handed"] } }))
      .addEdge(START, "hand")
      .compile();
    const graph = new StateGraph(State)
      .addNode("inner", inner, { ends: ["other"] })
      .addNode("other", () => ({ said: ["taken"] }))
      .addEdge(START, "inner")
      .addEdge("other", END)
      .compile();
    return (await graph.invoke({})).said;
  });
  assert.deepEqual(result, ["handed", "taken"]);
  assert.deepEqual(treeOf(spans), [
    "AGENT_WORKFLOW LangGraph",
    "  STANDALONE inner",
    "    STANDALONE LangGraph",
    "      STANDALONE hand",
    "  STANDALONE other",
  ]);
});

test("a node that is tried again: what failed is an error, the run is none", async () => {
  const { spans } = await playing(async () => {
    let attempts = 0;
    const graph = new StateGraph(State)
      .addNode(
        "flaky",
        () => {
          if (attempts++ === 0) throw new RangeError("not yet");
          return { said: ["now"] };
        },
        { retryPolicy: { maxAttempts: 2, initialInterval: 1, retryOn: () => true, logWarning: false } },
      )
      .addEdge(START, "flaky")
      .addEdge("flaky", END)
      .compile();
    return (await graph.invoke({})).said;
  });
  assert.deepEqual(treeOf(spans), ["AGENT_WORKFLOW LangGraph", "  STANDALONE flaky ERROR", "  STANDALONE flaky"]);
});

test("a run that failed goes on from its checkpoint", async () => {
  const { spans } = await playing(async () => {
    let fails = true;
    const graph = new StateGraph(State)
      .addNode("first", () => ({ said: ["one"] }))
      .addNode("second", () => {
        if (fails) throw new RangeError("no such row");
        return { said: ["two"] };
      })
      .addEdge(START, "first")
      .addEdge("first", "second")
      .addEdge("second", END)
      .compile({ checkpointer: new MemorySaver() });
    const failure = await graph.invoke({}, config()).catch(({ message }) => message);
    fails = false;
    return [failure, (await graph.invoke(null, config())).said];
  });
  assert.deepEqual(treeOf(spans), [
    "AGENT_WORKFLOW LangGraph ERROR",
    "  STANDALONE first",
    "  STANDALONE second ERROR",
    "AGENT_WORKFLOW LangGraph",
    "  STANDALONE second",
  ]);
});

test("a graph that is aborted, whole and streamed, is canceled with what was under way; one that is left ends too", async () => {
  const graph = () =>
    new StateGraph(State)
      .addNode("look", async (_, { signal }) => ({ said: [(await chat().invoke("x", { signal })).text] }))
      .addEdge(START, "look")
      .addEdge("look", END)
      .compile();
  const CANCELED = ["AGENT_WORKFLOW LangGraph CANCELED", "  STANDALONE look CANCELED", `    ${CALL} CANCELED`];
  for (const isStreamed of [false, true]) {
    const { spans } = await playing(async () => {
      provider.silent(true);
      const abort = new AbortController();
      provider.asked().then(() => abort.abort());
      if (!isStreamed) return graph().invoke({}, { signal: abort.signal });
      for await (const _ of await graph().stream({}, { signal: abort.signal }));
    });
    assert.deepEqual(treeOf(spans), CANCELED);
  }
  const { spans: left } = await playing(async () => {
    for await (const _ of await graph().stream({}, { streamMode: "debug" })) break;
  });
  assert.deepEqual(treeOf(left), CANCELED);
});

test("an agent that asks for several tools at the same time, one of which fails", async () => {
  const { spans } = await playing(async (tracer) => {
    provider.askAll(true);
    const left = toolOf("left", ({ city }) => tracer.span("own left", () => city));
    const right = toolOf("right", () => {
      throw new RangeError("no such city");
    });
    const agent = createReactAgent({ llm: chat(), tools: [left, right] });
    const { messages } = await agent.invoke({ messages: [["user", "both?"]] });
    return messages.map((message) => message.text);
  });
  assert.deepEqual(treeOf(spans), [
    "AGENT_WORKFLOW LangGraph",
    "  STANDALONE agent",
    "    STANDALONE prompt",
    `    ${CALL}`,
    "  STANDALONE tools",
    "    CODE_EXECUTION left",
    "      STANDALONE own left",
    "    CODE_EXECUTION right ERROR",
    "  STANDALONE agent",
    "    STANDALONE prompt",
    `    ${CALL}`,
  ]);
  assertUsage(spans, 2);
});

test("another handler that sleeps or throws changes nothing", async () => {
  for (const act of [
    () => new Promise((resolve) => setImmediate(resolve)),
    () => {
      throw new Error("another's");
    },
  ]) {
    const names = ["handleChainStart", "handleChatModelStart", "handleLLMEnd", "handleChainEnd"];
    const other = { name: "another", awaitHandlers: true, ...Object.fromEntries(names.map((name) => [name, act])) };
    const { spans } = await playing(async () => {
      const graph = new StateGraph(State)
        .addNode("look", async () => ({ said: [(await chat().invoke("x")).text] }))
        .addEdge(START, "look")
        .addEdge("look", END)
        .compile();
      return (await graph.invoke({}, { callbacks: [other] })).said;
    });
    assert.deepEqual(treeOf(spans), ["AGENT_WORKFLOW LangGraph", "  STANDALONE look", `    ${CALL}`]);
  }
});
