/** A Mastra agent with one tool, whose runs its own exporter sends by OpenTelemetry's variables. */
import { createOpenAI } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { Mastra } from "@mastra/core/mastra";
import { createTool } from "@mastra/core/tools";
import { Observability } from "@mastra/observability";
import { OtelExporter } from "@mastra/otel-exporter";
import { z } from "zod";

const { OTEL_EXPORTER_OTLP_ENDPOINT, PROVIDER_URL } = process.env;
const openai = createOpenAI({ apiKey: "key", baseURL: `${PROVIDER_URL}/ai-sdk-tools/v1` });
const calculate = createTool({
  id: "calculate",
  description: "calc",
  inputSchema: z.object({ operation: z.string(), a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => ({ result: a + b }),
});
const agent = new Agent({
  id: "calc-agent",
  name: "calc-agent",
  instructions: "You are a calculator",
  model: openai("gpt-4o-mini"),
  tools: { calculate },
});
const endpoint = `${OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`;
const exporters = [new OtelExporter({ provider: { custom: { endpoint, protocol: "http/protobuf" } } })];
const observability = new Observability({ configs: { otel: { serviceName: "mastra-service", exporters } } });
const mastra = new Mastra({ agents: { agent }, observability, logger: false });
await mastra.getAgent("agent").generate("Calculate 5 + 3 using the calculator tool", {
  memory: undefined,
  tracingOptions: { metadata: { userId: "user-m", sessionId: "sess-m" } },
});
await observability.shutdown();
