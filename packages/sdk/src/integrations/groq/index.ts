/**
 * `everspan/groq`: traces a client of the package `groq-sdk`.
 *
 * ```ts
 * import { observe } from "everspan/groq";
 *
 * const groq = observe(new Groq());
 * ```
 */
import { type ObserveOptions, observeClient } from "../generated-client/observe-client.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { OPENAI_OPERATIONS } from "../openai/operations.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

const operations: readonly ModelOperation[] = OPENAI_OPERATIONS.map((operation) => ({
  ...operation,
  provider: "groq",
}));

/** As `everspan/openai`'s. @returns the same instance */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  return observeClient(client, operations, options);
}
