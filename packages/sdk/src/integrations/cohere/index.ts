/**
 * `everspan/cohere`: traces a client of the package `cohere-ai`: `CohereClient`, its `v2`, and `CohereClientV2`.
 *
 * ```ts
 * import { observe } from "everspan/cohere";
 *
 * const cohere = observe(new CohereClientV2({}));
 * ```
 */
import { memberOf } from "../../recording/following/members.ts";
import { type ObserveOptions, observeClient } from "../generated-client/observe-client.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { ChatReply, withoutVectors } from "./replies.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

const operations: readonly ModelOperation[] = ["", "v2."].flatMap((under): ModelOperation[] => [
  { name: `${under}chat`, provider: "cohere", type: "COMPLETION" },
  { name: `${under}chatStream`, provider: "cohere", type: "COMPLETION", builder: () => new ChatReply() },
  { name: `${under}embed`, provider: "cohere", type: "STANDALONE", keep: withoutVectors },
  { name: `${under}rerank`, provider: "cohere", type: "RERANKING" },
]);

/**
 * Everything about the client stays: its type and identity, its promises, streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  // Asked for once, a getter of the older client makes it.
  void memberOf(client, "v2");
  return observeClient(client, operations, options);
}
