/**
 * `everspan/ollama`: traces a client of the package `ollama`.
 *
 * ```ts
 * import { observe } from "everspan/ollama";
 *
 * const ollama = observe(new Ollama());
 * ```
 */
import { type ObserveOptions, observeClient } from "../generated-client/observe-client.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { ChatReply, GenerateReply, withoutVectors } from "./replies.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

const operations: readonly ModelOperation[] = [
  { name: "chat", provider: "ollama", type: "COMPLETION", builder: () => new ChatReply() },
  { name: "generate", provider: "ollama", type: "COMPLETION", builder: () => new GenerateReply() },
  { name: "systemone", provider: "ollama", type: "COMPLETION" },
  { name: "embed", provider: "ollama", type: "STANDALONE", keep: withoutVectors },
  { name: "embeddings", provider: "ollama", type: "STANDALONE", keep: withoutVectors },
];

/**
 * Everything about the client stays: its type and identity, its streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  return observeClient(client, operations, options);
}
