import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { injectTraceContext } from "../propagation/index.ts";
import { describeRequest, type McpRequest, markFailure, markGivenUp, signalOf } from "./requests.ts";

export interface EverspanMcpOptions {
  /** Default: the process's default tracer. */
  readonly tracer?: Tracer | undefined;
}

/** What is used of a client: every call of it goes through `request`. */
export interface McpClient {
  // biome-ignore lint/suspicious/noExplicitAny: a client of any version is taken, and its type given back unchanged
  request(request: any, ...rest: any[]): Promise<any>;
}

const OBSERVED = Symbol.for("everspan.observed");

/**
 * Records the client's tool calls, resource reads and prompts as spans, and sends the trace's context in the request's
 * `_meta` (`traceparent`, `tracestate`, `baggage`, as the protocol names them), so that an observed server's spans are
 * their children. A second call changes nothing.
 *
 * @returns the same client
 */
export function observeClient<Client extends McpClient>(client: Client, options: EverspanMcpOptions = {}): Client {
  const original = client.request;
  if (OBSERVED in original) return client;
  const tracer = () => options.tracer ?? defaultTracer();

  const request = function (this: unknown, given: McpRequest, ...rest: unknown[]): Promise<unknown> {
    const description = describeRequest(given);
    if (description === undefined) return original.call(this, given, ...rest);
    return tracer().span(description.name, description.options, (span) => {
      const sent = {
        ...given,
        params: { ...given.params, _meta: { ...injectTraceContext(span), ...given.params?._meta } },
      };
      const answer = original.call(this, sent, ...rest);
      const signal = signalOf(...rest);
      return answer.then(
        (result: unknown) => {
          markFailure(span, result, signal);
          return result;
        },
        (error: unknown) => {
          markGivenUp(span, error, signal);
          throw error;
        },
      );
    });
  };
  Object.defineProperty(request, OBSERVED, { value: true });
  Object.defineProperty(client, "request", { value: request, writable: true, configurable: true, enumerable: false });
  return client;
}
