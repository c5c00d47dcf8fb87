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
import { EventReply } from "./event-reply.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

const operations: readonly ModelOperation[] = [
  { name: "chat.complete", provider: "mistral", type: "COMPLETION" },
  { name: "chat.stream", provider: "mistral", type: "COMPLETION", builder: () => new EventReply() },
  { name: "fim.complete", provider: "mistral", type: "COMPLETION" },
  { name: "fim.stream", provider: "mistral", type: "COMPLETION", builder: () => new EventReply() },
  { name: "agents.complete", provider: "mistral", type: "COMPLETION" },
  { name: "agents.stream", provider: "mistral", type: "COMPLETION", builder: () => new EventReply() },
  { name: "embeddings.create", provider: "mistral", type: "STANDALONE", keep: withoutVectors },
];

/**
 * Everything about the client stays: its type and identity, its streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  return observeClient(client, operations, options);
}
