import { agentex } from "./agentex.ts";
import { aiSdk } from "./ai-sdk.ts";
import type { Convention } from "./convention.ts";
import { genAi } from "./gen-ai.ts";
import { langfuse } from "./langfuse.ts";
import { langsmith } from "./langsmith.ts";
import { logfire } from "./logfire.ts";
import { mastra } from "./mastra.ts";
import { openInference } from "./openinference.ts";
import { traceloop } from "./traceloop.ts";

/** In the order of trust: where two state one fact, the first is believed. */
export const CONVENTIONS: readonly Convention[] = [
  openInference,
  langfuse,
  genAi,
  traceloop,
  aiSdk,
  mastra,
  logfire,
  langsmith,
  agentex,
];
