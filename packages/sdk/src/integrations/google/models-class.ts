/** Observes every client of `@google/genai` by its class. Loaded by its file's name, see `register/load-integration.ts`. */
import { observeClient } from "../generated-client/observe-client.ts";
import { ContentReply } from "./content-reply.ts";

/**
 * The methods of the class's interface are each instance's own; beneath them stand these, once for each request.
 * @param models the prototype of the class `Models`
 */
export function observeModels(models: object): void {
  observeClient(models, [
    { name: "generateContentInternal", provider: "google", type: "COMPLETION" },
    {
      name: "generateContentStreamInternal",
      provider: "google",
      type: "COMPLETION",
      builder: () => new ContentReply(),
    },
  ]);
}
