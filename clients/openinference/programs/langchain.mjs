/** A LangGraph agent whose runs OpenInference traces. LAYERS=2 traces the model's client too, all in one turn. */
import { LangChainInstrumentation } from "@arizeai/openinference-instrumentation-langchain";
import { OpenAIInstrumentation } from "@arizeai/openinference-instrumentation-openai";
import * as CallbackManagerModule from "@langchain/core/callbacks/manager";
import { tool } from "@langchain/core/tools";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import OpenAI from "openai";
import { z } from "zod";

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
new LangChainInstrumentation().manuallyInstrument(CallbackManagerModule);
if (process.env.LAYERS === "2") new OpenAIInstrumentation().manuallyInstrument(OpenAI);

const calculator = tool(() => "8", {
  name: "calculator",
  description: "Does sums",
  schema: z.object({ input: z.string() }),
});
const configuration = { baseURL: `${process.env.PROVIDER_URL}/langchain-whole/v1` };
const model = new ChatOpenAI({ model: "gpt-3.5-turbo", apiKey: "key", maxRetries: 0, configuration });
const agent = createReactAgent({ llm: model, tools: [calculator] });
const ask = () => agent.invoke({ messages: [["user", "What is 5 + 3?"]] }, { configurable: { thread_id: "thread-1" } });
if (process.env.LAYERS !== "2") await ask();
else await provider.getTracer("program").startActiveSpan("turn", (turn) => ask().finally(() => turn.end()));
await provider.shutdown();
