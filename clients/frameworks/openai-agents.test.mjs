import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Agent, OpenAIResponsesModel, run, setTraceProcessors, setTracingDisabled, tool } from "@openai/agents";
import { MemoryExporter, Tracer } from "everspan";
import { everspanProcessor } from "everspan/openai-agents";
import OpenAI from "openai";
import { z } from "zod";
import { startProvider } from "./scripted-provider.mjs";

let provider;
let memory;
let tracer;
before(async () => {
  provider = await startProvider();
  setTracingDisabled(false);
});
after(() => provider.close());
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
  setTraceProcessors([everspanProcessor({ tracer })]);
});

const model = () =>
  new OpenAIResponsesModel(new OpenAI({ apiKey: "key", baseURL: provider.url, maxRetries: 0 }), "gpt-4o");
const weather = tool({
  name: "weather",
  description: "the weather",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ city, degrees: 12 }),
});
const spans = async () => {
  await tracer.flush();
  assert.equal(tracer.stats().queue.openSpans, 0, "no span is left open");
  return memory.spans();
};
const ofType = (list, type) => list.filter((span) => span.type === type);

test("a run is a tree under the caller's span, and each request is one model call", async () => {
  const agent = new Agent({ name: "guide", instructions: "be brief", model: model(), tools: [weather] });
  const result = await tracer.span("turn", () => run(agent, "weather in Bern?"));
  assert.equal(result.finalOutput, "It is 12 degrees.");
  const all = await spans();
  const models = ofType(all, "COMPLETION");
  assert.equal(models.length, 2);
  assert.equal(models[0].data.usage.input_tokens, 20);
  assert.equal(models[0].data.model, "gpt-scripted-1");
  assert.equal(models[1].output[0].content[0].text, "It is 12 degrees.");
  const [call] = ofType(all, "CODE_EXECUTION");
  assert.equal(call.name, "weather");
  assert.deepEqual(call.input, { city: "Bern" });
  const turn = all.find(({ name }) => name === "turn");
  const root = all.find(({ parentId }) => parentId === turn.id);
  assert.equal(root.type, "AGENT_WORKFLOW");
  assert.ok(all.every(({ traceId }) => traceId === turn.traceId));
});

test("a streamed run is whole", async () => {
  const agent = new Agent({ name: "guide", model: model(), tools: [weather] });
  const stream = await run(agent, "weather in Bern?", { stream: true });
  for await (const _ of stream);
  await stream.completed;
  const models = ofType(await spans(), "COMPLETION");
  assert.equal(models.length, 2);
  assert.equal(models[1].data.usage.output_tokens, 7);
});

test("an error ends every span and reaches the application", async () => {
  provider.fail(400);
  const agent = new Agent({ name: "guide", model: model() });
  await assert.rejects(run(agent, "x"), /the provider answers 400/);
  const all = await spans();
  assert.ok(all.some(({ status }) => status === "ERROR"));
});
