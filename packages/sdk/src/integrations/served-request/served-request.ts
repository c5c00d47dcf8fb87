/** A request that a server answers: the root span of its trace, or the child of its caller's span. */
import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Span } from "../../recording/span/span.ts";
import type { TimeInput } from "../../recording/span/span-options.ts";
import type { Tracer } from "../../recording/tracer.ts";
import {
  extractTraceContext,
  type RemoteContext,
  type RequestHeaders,
  withTraceContext,
} from "../propagation/index.ts";

/** What is read of a request, whatever serves it. */
export interface IncomingRequest {
  readonly method: string;
  /** With or without its origin; the query is not recorded: it may have credentials in it. */
  readonly url: string;
  readonly headers: RequestHeaders;
}

export interface RequestTraceOptions {
  /** Default: the process's default tracer. */
  readonly tracer?: Tracer | undefined;
  /** Requests that are no trace, such as a load balancer's: true leaves one out. Default: every request is one. */
  readonly ignore?: ((request: IncomingRequest) => boolean) | undefined;
  /**
   * Whether a request that names its caller's span (`traceparent`) belongs to that trace, and a caller that records
   * nothing is followed in that. False where requests come from strangers. Default true.
   */
  readonly continueTrace?: boolean | undefined;
}

const FAILED_STATUS = 500;

/** @returns undefined for a request that is left out; never throws */
export function serveRequest(options: RequestTraceOptions, request: IncomingRequest): ServedRequest | undefined {
  try {
    if (options.ignore?.(request) === true) return undefined;
    const remote = options.continueTrace === false ? undefined : extractTraceContext(request.headers);
    const tracer = options.tracer ?? defaultTracer();
    return new ServedRequest(tracer, remote, request);
  } catch {
    return undefined;
  }
}

/** What the span of a request needs of a tracer. */
export type ServingTracer = Pick<Tracer, "trace" | "startTrace">;

/** The span of a request, begun. */
export function startRequestSpan(
  tracer: ServingTracer,
  remote: RemoteContext | undefined,
  request: Pick<IncomingRequest, "method" | "url">,
  startTime?: TimeInput,
): Span {
  const trace = remote === undefined ? tracer.startTrace() : tracer.trace(remote.sampled ? remote.traceId : undefined);
  const path = pathOf(request.url);
  return trace.startSpan(`${request.method} ${path}`, {
    parentId: remote?.spanId ?? null,
    startTime,
    data: { kind: "http", method: request.method, path },
  });
}

/** Ends the span of a request with the status of its answer. */
export function endRequestSpan(span: Span, status: number | undefined, wasCut: boolean): void {
  if (!span.isRecording) return;
  if (status !== undefined) span.setData({ status });
  if (span.status === "OK" && wasCut) span.status = "CANCELED";
  else if (span.status === "OK" && (status ?? 0) >= FAILED_STATUS) span.status = "ERROR";
  span.end();
}

export class ServedRequest {
  readonly span: Span;
  readonly #tracer: Tracer;
  readonly #remote: RemoteContext | undefined;
  readonly #method: string;

  constructor(tracer: Tracer, remote: RemoteContext | undefined, request: IncomingRequest) {
    this.#tracer = tracer;
    this.#remote = remote;
    this.#method = request.method;
    this.span = startRequestSpan(tracer, remote, request);
  }

  /** Runs what answers the request: spans that it begins are children of the request's. */
  run<T>(answer: () => T): T {
    return withTraceContext(this.#remote, () => this.#tracer.withSpan(this.span, answer));
  }

  /** The pattern that the request matched (`/users/:id`): requests of one kind have one name. Anything else is left. */
  matched(route: unknown): void {
    if (typeof route !== "string" || route === "" || !this.span.isRecording) return;
    this.span.name = `${this.#method} ${route}`;
    this.span.setData({ route });
  }

  /** What the application threw; an answer that it threw on purpose (a 404) is no failure of the server. */
  fail(error: unknown): void {
    const status = statusOf(error);
    if (status === undefined || status >= FAILED_STATUS) this.span.recordError(error);
  }

  /** @param wasCut the client went away before it had its answer */
  end(status: number | undefined, wasCut: boolean): void {
    endRequestSpan(this.span, status, wasCut);
  }
}

/** The path alone; a URL with an origin has it after the third slash. */
function pathOf(url: string): string {
  const [withoutQuery = ""] = url.split(/[?#]/, 1);
  const path = withoutQuery.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "");
  return path === "" ? "/" : path;
}

/** The status that frameworks give errors which are answers. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { status, statusCode, code } = error as { status?: unknown; statusCode?: unknown; code?: unknown };
  return [status, statusCode, code].find(
    (candidate): candidate is number => typeof candidate === "number" && candidate >= 400 && candidate <= 599,
  );
}
