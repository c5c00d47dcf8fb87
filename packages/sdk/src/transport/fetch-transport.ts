import { type Clock, systemClock } from "../contract/clock.ts";
import { oneLine } from "../contract/diagnostics.ts";
import { type Transport, TransportError, type TransportRequest, type TransportResponse } from "./transport.ts";
import { isUnixAddress } from "./unix-address.ts";

/** Taken when the module loads: what puts itself in its place later records the application's requests, not ours. */
const platformFetch = globalThis.fetch;

const DEFAULT_DEADLINE_MS = 10_000;
const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024;
/** What runtimes call it when no connection was made: the server has none of the request. */
const NOT_SENT = /ECONNREFUSED|ConnectionRefused|Connection refused|ENOTFOUND|EAI_AGAIN|FailedToOpenSocket|dns error/;

export interface FetchTransportOptions {
  /** What sends. Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch;
  /** Time, for tests. */
  readonly clock?: Clock;
}

/**
 * A transport over `fetch`, for runtimes without sockets: `exporters: [new CollectorExporter({ url, transport })]`.
 * The lean build uses it by itself. Without a proxy, a unix socket or a connect timeout of its own.
 */
export class FetchTransport implements Transport {
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;

  constructor(options: FetchTransportOptions = {}) {
    this.#fetch = options.fetch ?? platformFetch;
    this.#clock = options.clock ?? systemClock;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const { url, method, headers, signal } = request;
    if (isUnixAddress(url)) throw new TransportError("unsupported", "fetch reaches no unix socket", false);
    if (signal?.aborted) throw new TransportError("aborted", "the attempt was aborted before it began", false);
    const controller = new AbortController();
    let ended: "timeout" | "aborted" | undefined;
    const end = (kind: "timeout" | "aborted") => {
      ended ??= kind;
      controller.abort();
    };
    const onAbort = () => end("aborted");
    signal?.addEventListener("abort", onAbort);
    const cancel = this.#clock.schedule(() => end("timeout"), request.deadlineMs ?? DEFAULT_DEADLINE_MS, true);
    try {
      const send = this.#fetch;
      // A redirect is not followed: the credentials stay with the origin that they were given for.
      const response = await send(url, {
        method,
        headers,
        redirect: "manual",
        signal: controller.signal,
        ...(method === "GET" ? {} : { body: joined(request) }),
      });
      return await bounded(response, request.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES);
    } catch (error) {
      if (ended !== undefined)
        throw new TransportError(ended, ended === "timeout" ? "no answer in time" : "aborted", true);
      throw failure(error);
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async close(): Promise<void> {}
}

function joined({ body, bodyBytes }: TransportRequest): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(bodyBytes);
  let at = 0;
  for (const piece of body) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The status has arrived: whatever happens to the body afterwards does not change it. */
async function bounded(response: Response, maxBytes: number): Promise<TransportResponse> {
  const pieces: Uint8Array[] = [];
  let [left, bodyTruncated] = [maxBytes, false];
  const reader = response.body?.getReader();
  try {
    for (let step = await reader?.read(); step?.done === false; step = await reader?.read()) {
      const value = step.value as Uint8Array;
      pieces.push(value.subarray(0, left));
      bodyTruncated = value.length > left;
      left -= Math.min(left, value.length);
      if (!bodyTruncated) continue;
      reader?.cancel().catch(() => {});
      break;
    }
  } catch {
    bodyTruncated = true;
  }
  const body = Buffer.concat(pieces);
  return { status: response.status, headers: Object.fromEntries(response.headers), body, bodyTruncated };
}

/** `fetch` hides the reason in `cause`, where it says one. */
function failure(error: unknown): TransportError {
  const { cause = error } = Object(error) as { cause?: unknown };
  const { code = "", message = "" } = Object(cause) as { code?: unknown; message?: unknown };
  const words = oneLine(`${code} ${message}`);
  return NOT_SENT.test(words) ? new TransportError("refused", words, false) : new TransportError("reset", words, true);
}
