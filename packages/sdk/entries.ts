/** The package's entries: the name of each sub-path and the file that it is built from. */

/** What is built for Node.js and, lean, for runtimes without it. */
export const EVERYWHERE = {
  index: "src/index.ts",
  hono: "src/integrations/hono/index.ts",
  next: "src/integrations/next/index.ts",
  workers: "src/integrations/workers/index.ts",
  propagation: "src/integrations/propagation/index.ts",
  agentex: "src/integrations/agentex/index.ts",
  ai: "src/integrations/ai/index.ts",
  langchain: "src/integrations/langchain/index.ts",
  "openai-agents": "src/integrations/openai-agents/index.ts",
  "claude-agent-sdk": "src/integrations/claude-agent-sdk/index.ts",
  inngest: "src/integrations/inngest/index.ts",
  llamaindex: "src/integrations/llamaindex/index.ts",
  mastra: "src/integrations/mastra/index.ts",
  mcp: "src/integrations/mcp/index.ts",
  openai: "src/integrations/openai/index.ts",
  anthropic: "src/integrations/anthropic/index.ts",
  groq: "src/integrations/groq/index.ts",
  processors: "src/processors/index.ts",
  google: "src/integrations/google/index.ts",
  mistral: "src/integrations/mistral/index.ts",
  ollama: "src/integrations/ollama/index.ts",
  bedrock: "src/integrations/bedrock/index.ts",
  cohere: "src/integrations/cohere/index.ts",
  otel: "src/integrations/otel/index.ts",
  trpc: "src/integrations/trpc/index.ts",
  elysia: "src/integrations/elysia/index.ts",
};

/** What needs Node.js itself. */
export const NODE_ONLY = {
  lifecycle: "src/integrations/lifecycle/index.ts",
  lambda: "src/integrations/lambda/index.ts",
  fastify: "src/integrations/fastify/index.ts",
  express: "src/integrations/express/index.ts",
  koa: "src/integrations/koa/index.ts",
  nest: "src/integrations/nest/index.ts",
  undici: "src/integrations/undici/index.ts",
  temporal: "src/integrations/temporal/index.ts",
  "temporal-workflow": "src/integrations/temporal-workflow/index.ts",
  register: "src/integrations/register/index.ts",
  testing: "src/assertions/index.ts",
};
