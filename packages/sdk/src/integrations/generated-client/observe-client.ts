/**
 * Observes an instance of a generated client (openai, @anthropic-ai/sdk, groq-sdk: one generator makes them all). The
 * methods that ask a model are replaced on the instance's own resource objects; the client stays the object that it is.
 * Helpers (`parse`, `stream`, `runTools`, `toolRunner`) come down to these methods, once for each request.
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import { isTouchable, type Method, memberOf } from "../../recording/following/members.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { activeModelCall, ModelCall, type ModelOperation } from "../model-call/model-call.ts";
import { followApiPromise } from "./api-promise.ts";
import { replaceOnce } from "./replace-once.ts";

export interface ObserveOptions {
  /** Default: the process's default tracer, asked for at each call. */
  readonly tracer?: Tracer | undefined;
}

/** @returns the same instance. What is observed already stays as it is. Never throws. */
export function observeClient<Client extends object>(
  client: Client,
  operations: readonly ModelOperation[],
  options: ObserveOptions = {},
): Client {
  const tracer = () => options.tracer ?? defaultTracer();
  for (const operation of operations) {
    const path = (operation.method ?? operation.name).split(".");
    const name = path.pop()!;
    const resource = path.reduce<unknown>((owner, part) => memberOf(owner, part), client);
    if (typeof resource === "object" && resource !== null) {
      replaceOnce(resource, name, (method) => observedMethod(method, operation, tracer));
    }
  }
  // An instance's `fetch` is its own; of a view, which stands for its classes, this is what calls it.
  const fetching = isTouchable(client) ? "fetch" : "fetchWithTimeout";
  replaceOnce(client, fetching, (fetch) => countedFetch(fetch, tracer));
  replaceOnce(client, "withOptions", (withOptions) => {
    return function (this: unknown, ...args) {
      return observeClient(Reflect.apply(withOptions, this, args) as object, operations, options);
    };
  });
  return client;
}

function observedMethod(method: Method, operation: ModelOperation, tracer: () => Tracer): Method {
  return function (this: unknown, ...args) {
    const current = tracer();
    const call = new ModelCall(current, operation, args[operation.at ?? 0]);
    let answer: unknown;
    try {
      answer = current.withSpan(call.span, () => Reflect.apply(method, this, args));
    } catch (error) {
      call.fail(error);
      throw error;
    }
    return followApiPromise(answer, call);
  };
}

/** The client says in a header how often it has tried before. @param fetch takes the request as its second argument */
function countedFetch(fetch: Method, tracer: () => Tracer): Method {
  return function (this: unknown, ...args) {
    const headers = memberOf(args[1], "headers");
    const name = "x-stainless-retry-count";
    const retries = headers instanceof Headers ? headers.get(name) : memberOf(headers, name);
    if (retries && retries !== "0") activeModelCall(tracer())?.attempted(Number(retries) + 1);
    return Reflect.apply(fetch, this, args);
  };
}
