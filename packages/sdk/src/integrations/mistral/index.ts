/**
 * `everspan/mistral`: traces a client of the package `@mistralai/mistralai`.
 *
 * ```ts
 * import { observe } from "everspan/mistral";
 *
 * const mistral = observe(new Mistral());
 * ```
 */
import { type ObserveOptions, observeClient } from "../generated-client/observe-client.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { withoutVectors } from "../openai/operations.ts";
import { SpeechReply, TranscriptionReply, withoutSound } from "./audio-replies.ts";
import { ConversationReply, factsOfConversation } from "./conversation-reply.ts";
import { EventReply } from "./event-reply.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

const chat = { provider: "mistral", type: "COMPLETION" } as const;
const streamed = { ...chat, builder: () => new EventReply() };
const other = { provider: "mistral", type: "STANDALONE" } as const;

const conversation = { ...chat, facts: factsOfConversation } as const;

const operations: readonly ModelOperation[] = [
  // `parse` goes past `complete`, and `parseStream` past `stream`.
  ...["chat.complete", "chat.parse", "fim.complete", "agents.complete"].map((name) => ({ name, ...chat })),
  ...["chat.stream", "chat.parseStream", "fim.stream", "agents.stream"].map((name) => ({ name, ...streamed })),
  { name: "embeddings.create", ...other, keep: withoutVectors },
  ...["moderate", "moderateChat", "classify", "classifyChat"].map((name) => ({
    name: `classifiers.${name}`,
    ...other,
  })),
  { name: "ocr.process", ...other },
  { name: "audio.transcriptions.complete", ...other },
  { name: "audio.transcriptions.stream", ...other, builder: () => new TranscriptionReply() },
  { name: "audio.speech.complete", ...other, builder: () => new SpeechReply(), keep: withoutSound },
  ...["start", "append", "restart"].flatMap((verb): ModelOperation[] => [
    { name: `beta.conversations.${verb}`, ...conversation },
    { name: `beta.conversations.${verb}Stream`, ...conversation, builder: () => new ConversationReply() },
  ]),
];

/**
 * Everything about the client stays: its type and identity, its streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  return observeClient(client, operations, options);
}
