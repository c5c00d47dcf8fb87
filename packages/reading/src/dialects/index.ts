import type { Dialect } from "../messages/dialect.ts";
import { Readers } from "../messages/readers.ts";
import { aiSdk } from "./ai-sdk.ts";
import { anthropic } from "./anthropic.ts";
import { bedrock } from "./bedrock.ts";
import { claudeAgentSdk } from "./claude-agent-sdk.ts";
import { cohere } from "./cohere.ts";
import { embeddings } from "./embeddings.ts";
import { gemini } from "./gemini.ts";
import { genAi } from "./gen-ai.ts";
import { googleInteractions } from "./google-interactions.ts";
import { langchain } from "./langchain.ts";
import { llamaindex } from "./llamaindex.ts";
import { mcp } from "./mcp.ts";
import { mistral } from "./mistral.ts";
import { ollama } from "./ollama.ts";
import { openAiAgents } from "./openai-agents.ts";
import { openAiChat } from "./openai-chat.ts";
import { openAiResponses } from "./openai-responses.ts";
import { sharedParts } from "./shared-parts.ts";

/** In the order in which they are asked: those whose marks are surest come first. */
const DIALECTS: readonly Dialect[] = [
  openAiAgents,
  openAiResponses,
  openAiChat,
  anthropic,
  claudeAgentSdk,
  langchain,
  llamaindex,
  gemini,
  googleInteractions,
  bedrock,
  ollama,
  cohere,
  mistral,
  genAi,
  mcp,
  embeddings,
  aiSdk,
  sharedParts,
];

export const READERS = new Readers(DIALECTS);
