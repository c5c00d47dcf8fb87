import { isTouchable } from "../../recording/following/members.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { type ObserveOptions, observeClient } from "./observe-client.ts";

/**
 * Observes what a client makes when it is first asked for. Asked for sooner, it would be a member of a client that nobody has
 * asked for it. A view of a client, which stands for its classes, is asked for it now.
 * @param operations by names that begin with that of the member, the same for all
 */
export function observeWhenMade(
  client: object,
  operations: readonly ModelOperation[],
  options: ObserveOptions | undefined,
): void {
  quietly(() => {
    const name = operations[0]!.name.split(".")[0]!;
    const own = Object.getOwnPropertyDescriptor(client, name);
    if (!isTouchable(client) || own?.value !== undefined) observeClient(client, operations, options);
    else if (own === undefined && name in client) {
      const kind: object = Object.getPrototypeOf(client);
      const get = function (this: object): unknown {
        const resource: unknown = Reflect.get(kind, name, this);
        observeClient({ [name]: resource }, operations, options);
        return resource;
      };
      Reflect.defineProperty(client, name, { get, configurable: true });
    }
  });
}
