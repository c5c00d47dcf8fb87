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
import { InteractionReply } from "./interaction-reply.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

const operations: readonly ModelOperation[] = [
  { name: "models.generateContent", provider: "google", type: "COMPLETION" },
  { name: "models.generateContentStream", provider: "google", type: "COMPLETION", builder: () => new ContentReply() },
  { name: "models.embedContent", provider: "google", type: "STANDALONE" },
  ...["generate", "edit", "upscale", "recontext", "segment"].map(
    (verb): ModelOperation => ({
      name: `models.${verb}Image${verb === "generate" ? "s" : ""}`,
      provider: "google",
      type: "STANDALONE",
    }),
  ),
];

/** What the client makes when it is first asked for. */
const LATE: Readonly<Record<string, ModelOperation>> = {
  interactions: {
    name: "interactions.create",
    provider: "google",
    type: "COMPLETION",
    builder: () => new InteractionReply(),
  },
  decisions: { name: "decisions.create", provider: "google", type: "COMPLETION" },
};

/**
 * Everything about the client stays: its type and identity, its streams, errors and requests.
 * @returns the same instance
 */
export function observe<Client extends object>(client: Client, options?: ObserveOptions): Client {
  for (const name in LATE) observeWhenMade(client, name, options);
  return observeClient(client, operations, options);
}

/** Asked for now, it would be a member of a client that nobody has asked for it. */
function observeWhenMade(client: object, name: string, options: ObserveOptions | undefined): void {
  const kind: unknown = Object.getPrototypeOf(client);
  // What it has of its own is ours already.
  if (typeof kind !== "object" || kind === null || !(name in kind) || Object.hasOwn(client, name)) return;
  const get = function (this: object): unknown {
    const resource: unknown = Reflect.get(kind, name, this);
    observeClient({ [name]: resource }, [LATE[name]!], options);
    return resource;
  };
  try {
    Object.defineProperty(client, name, { get, configurable: true });
  } catch {
    // It can't be changed.
  }
}
