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
import { observeWhenMade } from "../generated-client/observe-when-made.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { ContentReply } from "./content-reply.ts";
import { InteractionReply } from "./interaction-reply.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

const operations: readonly ModelOperation[] = [
  { name: "models.generateContent", provider: "google", type: "COMPLETION" },
  { name: "models.generateContentStream", provider: "google", type: "COMPLETION", builder: () => new ContentReply() },
  { name: "models.embedContent", provider: "google", type: "STANDALONE" },
  ...["generateImages", "editImage", "upscaleImage", "recontextImage", "segmentImage"].map(
    (name): ModelOperation => ({ name: `models.${name}`, provider: "google", type: "STANDALONE" }),
  ),
];

/** Of what the client makes when it is first asked for. */
const late: readonly ModelOperation[] = [
  { name: "interactions.create", provider: "google", type: "COMPLETION", builder: () => new InteractionReply() },
  { name: "decisions.create", provider: "google", type: "COMPLETION" },
];

/**
 * Everything about the client stays: its type and identity, its streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  for (const operation of late) observeWhenMade(client, [operation], options);
  return observeClient(client, operations, options);
}
