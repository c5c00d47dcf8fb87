/** Requests as `node:http` serves them, for the frameworks that stand on it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { quietly } from "../callbacks/quietly.ts";
import { type RequestTraceOptions, type ServedRequest, serveRequest } from "./served-request.ts";

/** Express keeps what a router took off the URL here. */
type FrameworkRequest = IncomingMessage & { readonly originalUrl?: string };

/** The span ends with the response. @param atEnd what is known only then, such as the route that was matched */
export function serveNodeRequest(
  options: RequestTraceOptions,
  request: FrameworkRequest,
  response: ServerResponse,
  atEnd: (served: ServedRequest) => void = () => {},
): ServedRequest | undefined {
  const { method = "", headers } = request;
  const served = serveRequest(options, { method, url: request.originalUrl ?? request.url ?? "", headers });
  if (served === undefined) return undefined;
  const end = () => {
    quietly(() => atEnd(served));
    quietly(() => served.end(response.statusCode, !response.writableFinished));
  };
  // The first of the two: a response that is sent has finished, one that was cut off has only closed.
  response.once("finish", end);
  response.once("close", end);
  return served;
}
