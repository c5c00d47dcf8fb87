/**
 * A program of LlamaIndex's, bare or observed (`OBSERVED=1`; `broken`: by a tracer whose parts all fail), printed as JSON: what it came to, and the spans. An agent with a
 * tool, whole and streamed; two at the same time; a tool that fails; agents that hand off; a provider that refuses, fails at
 * first, goes away; a workflow of one's own with branches that waits for a person; a query engine; streams that are left.
 */

import { RetrieverQueryEngine } from "@llamaindex/core/query-engine";
import { getResponseSynthesizer } from "@llamaindex/core/response-synthesizers";
import { BaseRetriever } from "@llamaindex/core/retriever";
import { TextNode } from "@llamaindex/core/schema";
import { tool } from "@llamaindex/core/tools";
import { OpenAI, OpenAIEmbedding } from "@llamaindex/openai";
import { agent, createWorkflow, multiAgent, startAgentEvent, workflowEvent } from "@llamaindex/workflow";
import { MemoryExporter, Tracer } from "everspan";
import { observe as observeLlamaIndex } from "everspan/llamaindex";
import { observe as observeOpenAI } from "everspan/openai";
import { z } from "zod";
import { startProvider } from "../../frameworks/scripted-provider.mjs";
import { brokenTracer } from "../../harness/compared.mjs";

const { OBSERVED } = process.env;
const isObserved = OBSERVED !== undefined;
const memory = new MemoryExporter();
const tracer = OBSERVED === "broken" ? brokenTracer() : new Tracer({ exporters: [memory] });
const observe = (part) => {
  if (!isObserved) return part;
  // Twice, and by two tracers: the first one has it.
  if (observeLlamaIndex(part, { tracer }) !== part) throw new Error("another object");
  return observeLlamaIndex(part, { tracer: new Tracer() });
};
const provider = await startProvider();
const model = (options) =>
  new OpenAI({ apiKey: "k", model: "gpt-4o", baseURL: provider.url, maxRetries: 0, ...options });
const weather = (execute) =>
  tool({ name: "weather", description: "the weather", parameters: z.object({ city: z.string() }), execute });
const looks = weather(({ city }) => tracer.span("own work", () => `${city}: 12 degrees`));
const fails = weather(() => {
  throw new Error("no weather today");
});
const question = "weather in Bern?";
const messages = [{ role: "user", content: question }];
const told = (event) => [event.toString().replace(/\d+\.\d+/, "n"), event.data?.delta ?? event.data?.toolName ?? null];

const asks = workflowEvent({ debugLabel: "asks" });
const looked = workflowEvent({ debugLabel: "looked" });
const who = workflowEvent({ debugLabel: "who" });
const wants = workflowEvent({ debugLabel: "wants a person" });
const answered = workflowEvent({ debugLabel: "answered" });
const done = workflowEvent({ debugLabel: "done" });
function ownWorkflow(llm) {
  const workflow = createWorkflow();
  workflow.handle([asks], async function branches({ sendEvent }, { data }) {
    for (const city of data) sendEvent(looked.with({ city }));
  });
  workflow.handle([looked], async function look(_, { data }) {
    const { message } = await llm.chat({ messages: [{ role: "user", content: data.city }] });
    if (data.city === "Chur") return done.with({ said: message.content });
  });
  workflow.handle([who], async () => wants.with({ question: "who?" }));
  workflow.handle([answered], (_, { data }) => done.with({ answer: data }));
  return workflow;
}
class Retriever extends BaseRetriever {
  async _retrieve() {
    return [{ node: new TextNode({ id_: "n1", text: "Bern has 12 degrees.", metadata: { page: 1 } }), score: 0.5 }];
  }
}

const scenes = {
  whole: async () => (await observe(agent({ llm: model(), tools: [looks] })).run(question)).data.result,
  streamed: async () => {
    const events = [];
    for await (const event of observe(agent({ llm: model(), tools: [looks] })).runStream(question))
      events.push(told(event));
    return events;
  },
  "two together": async () => {
    const both = observe(agent({ llm: model(), tools: [looks] }));
    return Promise.all(["a", "b"].map((name) => tracer.span(name, async () => (await both.run(name)).data.result)));
  },
  "failing tool": async () => (await observe(agent({ llm: model(), tools: [fails] })).run(question)).data.result,
  "handed on": async () => {
    const llm = model();
    const second = agent({ name: "second", llm, tools: [] });
    const first = agent({ name: "first", llm, tools: [], canHandoffTo: [second] });
    const both = observe(multiAgent({ agents: [first, second], rootAgent: first }));
    return (await both.run("hand me on")).data.result;
  },
  refused: async () => {
    provider.fail(400);
    return observe(model()).chat({ messages });
  },
  "at the second try": async () => {
    provider.fail(500);
    return (await observe(model({ maxRetries: 1 })).chat({ messages })).message;
  },
  "model alone": async () => {
    const llm = observe(model());
    const promise = llm.chat({ messages });
    const exec = await llm.exec({ messages, tools: [observe(looks)] });
    return [promise.constructor.name, (await promise).raw.usage, await llm.complete({ prompt: question }), exec];
  },
  "model, streamed": async () => {
    const stream = await observe(model()).chat({ messages, tools: [looks], stream: true });
    const chunks = [Object.prototype.toString.call(stream)];
    for await (const { delta, options } of stream) chunks.push({ delta, options });
    return chunks;
  },
  "stream, left early": async () => {
    for await (const { delta } of await observe(model()).chat({ messages, stream: true })) return delta;
  },
  "stream, torn": async () => {
    provider.hold(true);
    const chunks = [];
    try {
      for await (const { delta } of await observe(model()).chat({ messages, stream: true })) {
        chunks.push(delta);
        provider.drop();
      }
    } catch (error) {
      chunks.push(error.constructor.name);
    } finally {
      provider.hold(false);
    }
    return chunks;
  },
  "client observed too": async () => {
    const llm = model();
    const session = await llm.session;
    if (isObserved) observeOpenAI(session, { tracer });
    return (await observe(llm).chat({ messages })).message.content;
  },
  "own workflow": async () => {
    const { sendEvent, stream } = observe(ownWorkflow(observe(model()))).createContext();
    sendEvent(asks.with(["Bern", "Chur"]));
    return (await stream.until(done).toArray()).map(String);
  },
  "waits for a person": async () => {
    const { sendEvent, stream } = observe(ownWorkflow(model())).createContext();
    const events = [];
    sendEvent(who.with());
    for await (const event of stream.until(done)) {
      events.push(String(event));
      if (wants.include(event)) sendEvent(answered.with("Anna"));
    }
    return events;
  },
  "a step that throws": async () => {
    const workflow = createWorkflow();
    workflow.handle([who], function throws() {
      throw new Error("no step today");
    });
    const { sendEvent } = observe(workflow).createContext();
    sendEvent(who.with());
    return "nobody is told";
  },
  "query engine": async () => {
    const responseSynthesizer = getResponseSynthesizer("compact", { llm: model() });
    const engine = observe(new RetrieverQueryEngine(new Retriever(), responseSynthesizer));
    const answer = await engine.query({ query: question });
    return [answer.constructor.name, answer.message.content, answer.sourceNodes.length];
  },
  "query engine, streamed": async () => {
    const responseSynthesizer = getResponseSynthesizer("compact", { llm: model() });
    const engine = observe(new RetrieverQueryEngine(new Retriever(), responseSynthesizer));
    const texts = [];
    for await (const part of await engine.query({ query: question, stream: true })) texts.push(part.message.content);
    return texts;
  },
  embedding: async () => {
    const embedding = observe(new OpenAIEmbedding({ apiKey: "k", baseURL: provider.url }));
    return [
      await embedding.getTextEmbeddings(["a", "b"]),
      await embedding.getQueryEmbedding({ type: "text", text: "c" }),
    ];
  },
  "100 in parallel": async () => {
    const llm = observe(model());
    return (await Promise.all(Array.from({ length: 100 }, () => llm.chat({ messages })))).length;
  },
  unhandled: async () => {
    provider.fail(400);
    const rejection = new Promise((resolve) => process.once("unhandledRejection", resolve));
    const { sendEvent } = observe(agent({ name: "failing", llm: model(), tools: [] })).createContext();
    sendEvent(startAgentEvent.with({ userInput: question }));
    const error = await rejection;
    return [error.constructor.name, error.message];
  },
};

const results = {};
for (const [name, play] of Object.entries(scenes)) {
  try {
    results[name] = await tracer.span(name, play);
  } catch (error) {
    results[name] = `${error.constructor.name}: ${error.message}`;
  }
}
if (OBSERVED !== "broken") await tracer.flush();
const spans = memory.spans().map(({ id, parentId, name, type, status, input, output, data, error, endTime }) => {
  return { id, parentId, name, type, status, input, output, data, error, isEnded: endTime !== undefined };
});
const requests = provider.requests.map(({ url, body }) => ({ url, body }));
const open = tracer.stats().queue.openSpans;
provider.close();
await new Promise((resolve) => process.stdout.write(JSON.stringify({ results, requests, spans, open }), resolve));
process.exit(0);
