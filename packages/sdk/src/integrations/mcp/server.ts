import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Span } from "../../recording/span/span.ts";
import { continueTrace, extractTraceContext } from "../propagation/index.ts";
import type { EverspanMcpOptions } from "./client.ts";
import { describeRequest, type McpRequest, markFailure, markGivenUp, signalOf } from "./requests.ts";

type Handler = (request: McpRequest, extra?: { readonly _meta?: unknown }) => unknown;

interface HandlingServer {
  setRequestHandler(schemaOrMethod: unknown, handler: Handler, ...rest: unknown[]): unknown;
}

/** A server of either kind: the one that knows handlers (`Server`), or the one that knows tools (`McpServer`). */
export type McpServerLike = { readonly server: object } | { readonly setRequestHandler: unknown };

const OBSERVED = Symbol.for("everspan.observed");

/**
 * Runs the server's handlers of tool calls, resource reads and prompts in spans: children of the client's span when its
 * request names one, else of whatever is active. To be called before handlers, tools, resources and prompts are
 * registered. A second call changes nothing.
 *
 * @returns the same server
 */
export function observeServer<Server extends McpServerLike>(server: Server, options: EverspanMcpOptions = {}): Server {
  const handling = ("server" in server ? server.server : server) as HandlingServer;
  const original = handling.setRequestHandler;
  if (OBSERVED in original) return server;

  const setRequestHandler = function (this: unknown, schema: unknown, handler: Handler, ...rest: unknown[]): unknown {
    const observed: Handler = (request, extra) => runInSpan(options, request, extra, () => handler(request, extra));
    return original.call(this as HandlingServer, schema, observed, ...rest);
  };
  Object.defineProperty(setRequestHandler, OBSERVED, { value: true });
  Object.defineProperty(handling, "setRequestHandler", {
    value: setRequestHandler,
    writable: true,
    configurable: true,
    enumerable: false,
  });
  return server;
}

function runInSpan(
  options: EverspanMcpOptions,
  request: McpRequest,
  extra: { readonly _meta?: unknown } | undefined,
  handle: () => unknown,
): unknown {
  const description = describeRequest(request);
  if (description === undefined) return handle();
  const tracer = options.tracer ?? defaultTracer();
  const signal = signalOf(extra);
  const run = async (span: Span) => {
    try {
      const result = await handle();
      markFailure(span, result, signal);
      return result;
    } catch (error) {
      markGivenUp(span, error, signal);
      throw error;
    }
  };
  const headers = headersOf(request.params?._meta ?? extra?._meta);
  return extractTraceContext(headers) === undefined
    ? tracer.span(description.name, description.options, run)
    : continueTrace(tracer, headers, description.name, description.options, run);
}

/** The strings of a request's `_meta`: what is none is no header. */
function headersOf(meta: unknown): Readonly<Record<string, string>> {
  if (typeof meta !== "object" || meta === null) return {};
  return Object.fromEntries(
    Object.entries(meta).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
