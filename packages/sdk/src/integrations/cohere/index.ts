/**
 * `everspan/cohere`: traces a client of the package `cohere-ai`: `CohereClient`, its `v2`, and `CohereClientV2`.
 *
 * ```ts
 * import { observe } from "everspan/cohere";
 *
 * const cohere = observe(new CohereClientV2({}));
 * ```
 */
import { type ObserveOptions, observeClient } from "../generated-client/observe-client.ts";
import { observeWhenMade } from "../generated-client/observe-when-made.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { ChatReply, factsOf, withoutVectors } from "./replies.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

type Operation = Pick<ModelOperation, "name" | "type" | "at" | "keep" | "builder">;

const cohere = (operations: readonly Operation[]): readonly ModelOperation[] =>
  operations.map((operation) => ({ ...operation, provider: "cohere", facts: factsOf }));

const ofBoth = (under: string): readonly Operation[] => [
  { name: `${under}chat`, type: "COMPLETION" },
  { name: `${under}chatStream`, type: "COMPLETION", builder: () => new ChatReply() },
  { name: `${under}embed`, type: "STANDALONE", keep: withoutVectors },
  { name: `${under}rerank`, type: "RERANKING" },
  { name: `${under}parse`, type: "STANDALONE" },
];

const operations = cohere([
  ...ofBoth(""),
  { name: "generate", type: "COMPLETION" },
  { name: "generateStream", type: "COMPLETION", builder: () => new ChatReply() },
  { name: "summarize", type: "COMPLETION" },
  { name: "classify", type: "STANDALONE" },
]);

/** Of what the older client makes when it is first asked for. The sound to transcribe is its first argument. */
const late = [cohere(ofBoth("v2.")), cohere([{ name: "audio.transcriptions.create", type: "STANDALONE", at: 1 }])];

/**
 * Everything about the client stays: its type and identity, its promises, streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  for (const made of late) observeWhenMade(client, made, options);
  return observeClient(client, operations, options);
}
