/**
 * A program of Mastra's, bare or observed (`OBSERVED=1`), printed as JSON: what it came to, and the spans. An agent with a
 * tool, whole and streamed; two at the same time; a tool that fails; a model that can't be reached; a run that is aborted;
 * a workflow that is suspended and resumed; a span of the application's own and an observed client inside a tool.
 */
import { createOpenAI } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { Mastra } from "@mastra/core/mastra";
import { createTool } from "@mastra/core/tools";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { Observability } from "@mastra/observability";
import { MemoryExporter, Tracer } from "everspan";
import { everspanMastra } from "everspan/mastra";
import { z } from "zod";

const { PROVIDER_URL, OBSERVED } = process.env;
const memory = new MemoryExporter();
const tracer = new Tracer({ exporters: [memory] });
const observability = OBSERVED
  ? new Observability({ configs: { default: { serviceName: "mastra", bridge: everspanMastra({ tracer }) } } })
  : undefined;

const inputSchema = z.object({ operation: z.string(), a: z.number(), b: z.number() });
const tool = (execute) => createTool({ id: "calculate", description: "calc", inputSchema, execute });
const adds = tool(async ({ a, b }) => tracer.span("own work", () => ({ result: a + b })));
const fails = tool(async () => {
  throw new Error("no calculator today");
});
function agent(id, url, calculate = adds) {
  const model = createOpenAI({ apiKey: "key", baseURL: url })("gpt-4o-mini");
  return new Agent({ id, name: id, instructions: "You are a calculator", model, tools: { calculate }, maxRetries: 0 });
}
const hanging = await hangingProvider();
const agents = {
  whole: agent("whole", `${PROVIDER_URL}/ai-sdk-tools/v1`),
  streaming: agent("streaming", `${PROVIDER_URL}/ai-sdk-stream-text/v1`),
  failing: agent("failing", `${PROVIDER_URL}/ai-sdk-tools/v1`, fails),
  unreachable: agent("unreachable", "http://127.0.0.1:1/v1"),
  hanging: agent("hanging", hanging.url),
};
const ask = createStep({
  id: "ask",
  inputSchema: z.object({ city: z.string() }),
  outputSchema: z.object({ answer: z.string() }),
  resumeSchema: z.object({ answer: z.string() }),
  suspendSchema: z.object({ question: z.string() }),
  execute: async ({ resumeData, suspend }) => resumeData ?? (await suspend({ question: "warm or cold?" })),
});
const workflow = createWorkflow({ id: "asking", inputSchema: ask.inputSchema, outputSchema: ask.outputSchema })
  .then(ask)
  .commit();
const mastra = new Mastra({ agents, workflows: { asking: workflow }, observability, logger: false });
const question = "Calculate 5 + 3 using the calculator tool";
const options = { tracingOptions: { metadata: { userId: "user-m", sessionId: "sess-m" } } };

const scenes = {
  whole: async () => (await mastra.getAgent("whole").generate(question, options)).text,
  streamed: async () => {
    const texts = [];
    for await (const text of (await mastra.getAgent("streaming").stream(question, options)).textStream)
      texts.push(text);
    return texts;
  },
  "failing tool": async () => (await mastra.getAgent("failing").generate(question)).text,
  unreachable: async () =>
    (await mastra.getAgent("unreachable").generate(question, { modelSettings: { maxRetries: 0 } })).text,
  aborted: async () => {
    const abort = new AbortController();
    hanging.asked.then(() => abort.abort());
    const result = await mastra.getAgent("hanging").generate(question, { abortSignal: abort.signal });
    return [result.text, result.finishReason];
  },
  workflow: async () => {
    const run = await mastra.getWorkflow("asking").createRun();
    const first = await run.start({ inputData: { city: "Bern" } });
    const second = await run.resume({ step: "ask", resumeData: { answer: "cold" } });
    return [first.status, second.status, second.result];
  },
};

const results = {};
for (const [name, play] of Object.entries(scenes)) {
  try {
    results[name] = await tracer.span(name, play);
  } catch (error) {
    results[name] = `${error.name}: ${error.message}`;
  }
}
await observability?.shutdown();
await tracer.flush();
const spans = memory
  .spans()
  .map(({ id, parentId, traceId, name, type, status, input, output, data, error, endTime }) => {
    return { id, parentId, traceId, name, type, status, input, output, data, error, isEnded: endTime !== undefined };
  });
await new Promise((resolve) =>
  process.stdout.write(JSON.stringify({ results, spans, open: tracer.stats().queue.openSpans }), resolve),
);
process.exit(0);

async function hangingProvider() {
  const { createServer } = await import("node:http");
  let tell;
  const asked = new Promise((resolve) => {
    tell = resolve;
  });
  const server = createServer((request) => request.resume().once("end", tell));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/v1`, asked };
}
