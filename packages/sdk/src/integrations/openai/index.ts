/**
 * `everspan/openai`: traces a client of the package `openai` (versions 4 to 7), Azure's included.
 *
 * ```ts
 * import { observe } from "everspan/openai";
 *
 * const openai = observe(new OpenAI());
 * ```
 *
 * Each request to a model is a span: chat completions and responses (also by `parse`, `stream` and `runTools`, streamed
 * or not), embeddings, images, audio, moderations. A realtime session is observed by `observeRealtime(session)`.
 */
import { type ObserveOptions, observeClient } from "../generated-client/observe-client.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { OPENAI_OPERATIONS } from "./operations.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";
export { observeRealtime } from "./realtime.ts";

const operations: readonly ModelOperation[] = OPENAI_OPERATIONS.map((operation) => ({
  ...operation,
  provider: "openai",
}));

/**
 * Everything about the client stays: its type and identity, promises, streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  return observeClient(client, operations, options);
}
