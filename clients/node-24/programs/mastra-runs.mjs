/**
 * Runs of Mastra's, each bare and observed, in this process; printed as JSON, the spans of each. Agents at the same time,
 * branches of a workflow, tools at the same time, sub-agents; what is tried again: a model, a step.
 */
import { createOpenAI } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { Mastra } from "@mastra/core/mastra";
import { createTool } from "@mastra/core/tools";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { Observability } from "@mastra/observability";
import { everspanMastra } from "everspan/mastra";
import { z } from "zod";
import { startProvider } from "../../frameworks/scripted-provider.mjs";
import { compared } from "../../harness/compared.mjs";

const provider = await startProvider();
let bridge;
let observability;
const observe = (tracer) => {
  bridge = everspanMastra({ tracer });
  return () => {
    bridge = undefined;
  };
};
function mastra(parts) {
  observability = bridge && new Observability({ configs: { default: { serviceName: "mastra", bridge } } });
  return new Mastra({ ...parts, ...(observability && { observability }), logger: false });
}
const city = z.object({ city: z.string() });
const weather = (id, execute = async () => ({ degrees: 12 })) =>
  createTool({ id, description: `the ${id}`, inputSchema: city, execute });
const agent = (id, more) =>
  new Agent({
    id,
    name: id,
    description: `asks for the ${id}`,
    instructions: "be brief",
    model: createOpenAI({ apiKey: "key", baseURL: provider.url }).chat("gpt-4"),
    maxRetries: 0,
    ...more,
  });

const SCENES = {
  "two at the same time": async (tracer) => {
    const agents = {
      a: agent("a", { tools: { weather: weather("weather") } }),
      b: agent("b", { tools: { weather: weather("weather") } }),
    };
    const app = mastra({ agents });
    return Promise.all(
      ["a", "b"].map((name) =>
        tracer.span(name, async () => (await app.getAgent(name).generate(`weather for ${name}?`)).text),
      ),
    );
  },
  "tools at the same time": async (tracer) => {
    provider.askAll(true);
    const left = weather("left", async ({ city }) => tracer.span("own left", () => city));
    const right = weather("right", async () => {
      throw new RangeError("no such city");
    });
    const app = mastra({ agents: { both: agent("both", { tools: { left, right } }) } });
    return (await app.getAgent("both").generate("both?")).text;
  },
  "sub-agents": async () => {
    const scout = agent("scout", { tools: { weather: weather("weather") } });
    const app = mastra({ agents: { chief: agent("chief", { agents: { scout } }), scout } });
    return (await app.getAgent("chief").generate("send the scout")).text;
  },
  "branches of a workflow": async () => {
    const step = (id) =>
      createStep({
        id,
        inputSchema: city,
        outputSchema: z.object({ said: z.string() }),
        execute: async ({ inputData, mastra }) => ({
          said: (await mastra.getAgent("a").generate(`${id} of ${inputData.city}`)).text,
        }),
      });
    const workflow = createWorkflow({ id: "look", inputSchema: city, outputSchema: z.any() })
      .parallel([step("left"), step("right")])
      .commit();
    const run = await mastra({ agents: { a: agent("a") }, workflows: { look: workflow } })
      .getWorkflow("look")
      .createRun();
    const { status, result } = await run.start({ inputData: { city: "Bern" } });
    return [status, result];
  },
  "a model that is asked again": async () => {
    provider.fail(500);
    const app = mastra({ agents: { a: agent("a", { maxRetries: 1 }) } });
    return (await app.getAgent("a").generate("x", { modelSettings: { maxRetries: 1 } })).text;
  },
  "a model that is asked again, streamed": async () => {
    provider.fail(500);
    const app = mastra({ agents: { a: agent("a", { maxRetries: 1 }) } });
    const texts = [];
    const { textStream } = await app.getAgent("a").stream("x", { modelSettings: { maxRetries: 1 } });
    for await (const text of textStream) texts.push(text);
    return texts;
  },
  "a step that is tried again": async () => {
    let attempts = 0;
    const flaky = createStep({
      id: "flaky",
      inputSchema: city,
      outputSchema: city,
      retries: 1,
      execute: async ({ inputData }) => {
        if (attempts++ === 0) throw new RangeError("not yet");
        return inputData;
      },
    });
    const workflow = createWorkflow({
      id: "tries",
      inputSchema: city,
      outputSchema: city,
      retryConfig: { attempts: 1, delay: 0 },
    })
      .then(flaky)
      .commit();
    const run = await mastra({ workflows: { tries: workflow } })
      .getWorkflow("tries")
      .createRun();
    return (await run.start({ inputData: { city: "Bern" } })).status;
  },
  "a stream that is aborted": async () => {
    provider.hold(true);
    const abort = new AbortController();
    const app = mastra({ agents: { a: agent("a") } });
    const { textStream } = await app.getAgent("a").stream("x", { abortSignal: abort.signal });
    for await (const _ of textStream) abort.abort();
    return "aborted";
  },
};

const found = {};
const only = process.env.ONLY;
for (const [name, play] of Object.entries(SCENES)) {
  if (only && only !== name) continue;
  const { result, spans } = await compared(
    provider,
    async (tracer) => {
      try {
        return await play(tracer);
      } finally {
        await observability?.shutdown();
      }
    },
    observe,
  );
  found[name] = {
    result,
    spans: spans.map(({ id, parentId, name, type, status, data, error }) => ({
      id,
      parentId,
      name,
      type,
      status,
      data,
      error,
    })),
  };
}
provider.close();
await new Promise((resolve) => process.stdout.write(JSON.stringify(found), resolve));
process.exit(0);
