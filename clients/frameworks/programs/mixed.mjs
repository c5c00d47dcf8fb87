/**
 * An HTTP server with OpenTelemetry. Its handler runs the AI SDK; the tool that the model asks for is a LangChain tool,
 * which asks an MCP server in another process, and a model by an observed client. One request is made, then it ends.
 */
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createOpenAI } from "@ai-sdk/openai";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { tool as langChainTool } from "@langchain/core/tools";
import "@langchain/langgraph"; // with it LangChain has its storage
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { generateText, isStepCount, tool } from "ai";
import { CollectorExporter, Tracer } from "everspan";
import { registerEverspan as registerAi } from "everspan/ai";
import { registerEverspan as registerLangChain } from "everspan/langchain";
import { observeClient } from "everspan/mcp";
import { observe } from "everspan/openai";
import { everspanSpanProcessor } from "everspan/otel";
import OpenAI from "openai";
import { z } from "zod";

const { COLLECTOR_URL, PROVIDER_URL } = process.env;
const tracer = new Tracer({
  service: { name: "assistant" },
  exporters: [new CollectorExporter({ url: COLLECTOR_URL })],
});
const provider = new NodeTracerProvider({ spanProcessors: [everspanSpanProcessor({ tracer })] });
provider.register();
const instrumentation = new HttpInstrumentation();
instrumentation.setTracerProvider(provider);
const http = createRequire(import.meta.url)("node:http");
registerAi({ tracer });
registerLangChain(CallbackManager, { tracer });

const client = observe(new OpenAI({ apiKey: "key", baseURL: PROVIDER_URL, maxRetries: 0 }), { tracer });
const measurements = observeClient(new Client({ name: "assistant", version: "1" }), { tracer });
await measurements.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [fileURLToPath(new URL("mcp-server.mjs", import.meta.url))],
    env: { COLLECTOR_URL, PATH: process.env.PATH },
  }),
);

const city = z.object({ city: z.string() });
const weather = langChainTool(
  async (input) => {
    const { content } = await measurements.callTool({ name: "measure", arguments: input });
    const messages = [{ role: "user", content: `put it nicely: ${content[0].text}` }];
    const reply = await client.chat.completions.create({ model: "gpt-small", messages });
    return reply.choices[0].message.content;
  },
  { name: "forecast", description: "the weather of a city, put nicely", schema: city },
);
const openai = createOpenAI({ apiKey: "key", baseURL: PROVIDER_URL });
const tools = {
  weather: tool({ description: "the weather", inputSchema: city, execute: (input) => weather.invoke(input) }),
};
const server = http.createServer(async (_request, response) => {
  const stopWhen = isStepCount(3);
  const { text } = await generateText({ model: openai.chat("gpt-large"), prompt: "weather in Bern?", tools, stopWhen });
  response.end(text);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
console.log(await (await fetch(`http://127.0.0.1:${server.address().port}/ask`)).text());
server.close();
await measurements.close();
await provider.shutdown();
const { ok } = await tracer.shutdown();
process.exit(ok ? 0 : 1);
