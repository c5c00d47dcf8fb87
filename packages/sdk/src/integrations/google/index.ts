/**
 * `everspan/google`: traces a client of the package `@google/genai`.
 *
 * ```ts
 * import { observe } from "everspan/google";
 *
 * const google = observe(new GoogleGenAI({}));
 * ```
 */
import { type ObserveOptions, observeClient } from "../generated-client/observe-client.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { ContentReply } from "./content-reply.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

const operations: readonly ModelOperation[] = [
  { name: "models.generateContent", provider: "google", type: "COMPLETION" },
  { name: "models.generateContentStream", provider: "google", type: "COMPLETION", builder: () => new ContentReply() },
  { name: "models.embedContent", provider: "google", type: "STANDALONE" },
  { name: "models.generateImages", provider: "google", type: "STANDALONE" },
];

/**
 * Everything about the client stays: its type and identity, its streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  return observeClient(client, operations, options);
}
