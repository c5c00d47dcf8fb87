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
import { ChatReply, factsOf, withoutVectors } from "./replies.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

type Operation = Pick<ModelOperation, "name" | "type" | "keep" | "builder">;

const operations: readonly ModelOperation[] = [
  ...["", "v2."].flatMap((under): Operation[] => [
    { name: `${under}chat`, type: "COMPLETION" },
    { name: `${under}chatStream`, type: "COMPLETION", builder: () => new ChatReply() },
    { name: `${under}embed`, type: "STANDALONE", keep: withoutVectors },
    { name: `${under}rerank`, type: "RERANKING" },
    { name: `${under}parse`, type: "STANDALONE" },
  ]),
  { name: "generate", type: "COMPLETION" } as const,
  { name: "generateStream", type: "COMPLETION", builder: () => new ChatReply() } as const,
  { name: "summarize", type: "COMPLETION" } as const,
  { name: "classify", type: "STANDALONE" } as const,
].map((operation) => ({ ...operation, provider: "cohere", facts: factsOf }));

/**
 * Everything about the client stays: its type and identity, its promises, streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  // Asked for once, a getter of the older client makes it.
  void memberOf(client, "v2");
  return observeClient(client, operations, options);
}
