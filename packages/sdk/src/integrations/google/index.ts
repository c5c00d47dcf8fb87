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

/**
 * The methods of its interface are each instance's own. Beneath them stand these of its classes, once for each request: a tool
 * that the client calls itself, or a reply that it goes on with, is asked by several.
 */
function beneath(name: string, more: Partial<ModelOperation> = {}): ModelOperation {
  return { name: `models.${name}`, method: `models.${name}Internal`, provider: "google", type: "STANDALONE", ...more };
}

const operations: readonly ModelOperation[] = [
  beneath("generateContent", { type: "COMPLETION" }),
  beneath("generateContentStream", { type: "COMPLETION", builder: () => new ContentReply() }),
  ...["embedContent", "generateImages", "editImage", "upscaleImage"].map((name) => beneath(name)),
  ...["recontextImage", "segmentImage"].map((name) => beneath(name, { method: `models.${name}` })),
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
