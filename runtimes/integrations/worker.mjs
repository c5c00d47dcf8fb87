/** The scenes in a Worker, each entry by the condition that a bundler takes. Bundled by `workerd.mjs`. */
import { CollectorExporter, Tracer } from "everspan";
import * as agentex from "everspan/agentex";
import * as bedrock from "everspan/bedrock";
import * as claudeAgentSdk from "everspan/claude-agent-sdk";
import * as cohere from "everspan/cohere";
import * as elysia from "everspan/elysia";
import * as groq from "everspan/groq";
import * as hono from "everspan/hono";
import * as inngest from "everspan/inngest";
import * as llamaindex from "everspan/llamaindex";
import * as mastra from "everspan/mastra";
import * as mistral from "everspan/mistral";
import * as next from "everspan/next";
import * as ollama from "everspan/ollama";
import * as openaiAgents from "everspan/openai-agents";
import * as processors from "everspan/processors";
import * as propagation from "everspan/propagation";
import * as trpc from "everspan/trpc";
import { withEverspan } from "everspan/workers";
import { playAll } from "./scenes.mjs";

/** Imported here and tried elsewhere. */
const OTHERS = {
  agentex,
  bedrock,
  "claude-agent-sdk": claudeAgentSdk,
  cohere,
  elysia,
  groq,
  hono,
  inngest,
  llamaindex,
  mastra,
  mistral,
  next,
  ollama,
  "openai-agents": openaiAgents,
  processors,
  propagation,
  trpc,
};

let tracer;

export default {
  fetch(request, env, context) {
    tracer ??= new Tracer({ exporters: [new CollectorExporter({ url: env.BACK_END })] });
    const handler = async ({ url }) => {
      const { pathname, searchParams } = new URL(url);
      if (pathname === "/stats") return Response.json(tracer.stats());
      const played = await playAll(tracer, searchParams.get("models"));
      const imported = Object.entries(OTHERS).filter(([, entry]) => Object.keys(entry).length > 0);
      return Response.json({ played, imported: imported.map(([name]) => name) });
    };
    return withEverspan({ tracer, timeoutMs: 4_000 }, { fetch: handler }).fetch(request, env, context);
  },
};
