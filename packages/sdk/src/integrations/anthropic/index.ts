/**
 * `everspan/anthropic`: traces a client of the package `@anthropic-ai/sdk`, and those for Bedrock and Vertex.
 *
 * ```ts
 * import { observe } from "everspan/anthropic";
 *
 * const anthropic = observe(new Anthropic());
 * ```
 *
 * Each request for a message is a span, also by `stream`, `parse` and the tool runner.
 */
import { type ObserveOptions, observeClient } from "../generated-client/observe-client.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { CompletionReply, MessageReply } from "./message-reply.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

const message = { type: "COMPLETION", provider: "anthropic", builder: () => new MessageReply() } as const;

const operations: readonly ModelOperation[] = [
  { name: "messages.create", ...message },
  { name: "beta.messages.create", ...message },
  { name: "beta.tools.messages.create", ...message },
  { name: "completions.create", type: "COMPLETION", provider: "anthropic", builder: () => new CompletionReply() },
];

/**
 * Everything about the client stays: its type and identity, promises, streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  return observeClient(client, operations, options);
}
