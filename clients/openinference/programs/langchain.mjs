/** A LangGraph agent whose runs OpenInference traces. */
import { LangChainInstrumentation } from "@arizeai/openinference-instrumentation-langchain";
import * as CallbackManagerModule from "@langchain/core/callbacks/manager";
import { tool } from "@langchain/core/tools";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { z } from "zod";

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
new LangChainInstrumentation().manuallyInstrument(CallbackManagerModule);

const calculator = tool(() => "8", {
  name: "calculator",
  description: "Does sums",
  schema: z.object({ input: z.string() }),
});
const configuration = { baseURL: `${process.env.PROVIDER_URL}/langchain-whole/v1` };
const model = new ChatOpenAI({ model: "gpt-3.5-turbo", apiKey: "key", maxRetries: 0, configuration });
const agent = createReactAgent({ llm: model, tools: [calculator] });
await agent.invoke({ messages: [["user", "What is 5 + 3?"]] }, { configurable: { thread_id: "thread-1" } });
await provider.shutdown();
