import type { Dialect } from "../messages/dialect.ts";
import { Readers } from "../messages/readers.ts";
import { anthropic } from "./anthropic.ts";
import { openAiChat } from "./openai-chat.ts";
import { openAiResponses } from "./openai-responses.ts";
import { sharedParts } from "./shared-parts.ts";

/** In the order in which they are asked: those whose marks are surest come first. */
const DIALECTS: readonly Dialect[] = [openAiResponses, openAiChat, anthropic, sharedParts];

export const READERS = new Readers(DIALECTS);
