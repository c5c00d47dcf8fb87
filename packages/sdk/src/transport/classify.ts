/**
 * The one place that says what an answer, or the lack of one, means for the records of a batch. Exporters add only
 * what the answer's body says about single spans.
 */
import { oneLine } from "../contract/diagnostics.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import { retryAfterMs } from "./retry-after.ts";
import { withoutCredentials } from "./target.ts";
import { TransportError, type TransportResponse } from "./transport.ts";

export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** Wall clock, to read a `Retry-After` date. Default `Date.now()`. */
  readonly nowEpochMs?: number;
  /** Takes credentials out of what a server said. */
  readonly redact?: (text: string) => string;
}

const DELIVERED: ExportOutcome = Object.freeze({ kind: "delivered" });
const TOO_LARGE: ExportOutcome = Object.freeze({ kind: "tooLarge" });

/** A batch of which something may be bad: the lane bisects. */
const POISON = new Set([400, 409, 422]);
/** Besides every 5xx but 501 and 505. */
const BUSY = new Set([408, 425, 429]);
/** Only these may be sent again in OTLP; `docs/specification.md` of opentelemetry-proto. */
const OTLP_RETRYABLE = new Set([429, 502, 503, 504]);

/** For a back end to which sending twice is harmless. */
export function classifyResponse(response: TransportResponse, exchange: Exchange): ExportOutcome {
  const { status } = response;
  if (status >= 200 && status < 300) return DELIVERED;
  // Of the sending before this one nobody knows: this answer is not about it.
  const doubt = response.wasSentBefore === true ? { maybeDelivered: true } : {};
  if (status === 413) return { ...TOO_LARGE, ...doubt };
  const reason = describe(response, exchange);
  if (POISON.has(status)) return { kind: "poison", reason, ...doubt };
  if (BUSY.has(status) || (status >= 500 && status !== 501 && status !== 505))
    return { ...busy(response, exchange, reason), ...doubt };
  // Redirects among them: the credentials stay with the origin that they were given for.
  return { kind: "misconfigured", reason, ...doubt };
}

/**
 * For OTLP, where a server's error that is not declared retryable must not be sent again: the spans are rejected
 * as they are, with no bisecting, because each half would be a retry.
 */
export function classifyOtlpResponse(
  response: TransportResponse,
  exchange: Exchange,
  ids: readonly string[],
): ExportOutcome {
  const outcome = classifyResponse(response, exchange);
  if (outcome.kind !== "busy" || OTLP_RETRYABLE.has(response.status)) return outcome;
  const { maybeDelivered, reason } = outcome;
  const rejected = ids.map((id) => ({ id, reason }));
  return maybeDelivered === undefined ? { kind: "partial", rejected } : { kind: "partial", rejected, maybeDelivered };
}

/** No answer came. Anything that is not a `TransportError` is a fault of ours or of an injected transport: busy. */
export function classifyError(error: unknown, exchange: Exchange): ExportOutcome {
  if (!(error instanceof TransportError)) {
    return { kind: "busy", reason: say(exchange, `failed: ${messageOf(error)}`), maybeDelivered: true };
  }
  const reason = say(exchange, `failed (${error.kind}): ${error.message}`);
  if (error.kind === "tls" || error.kind === "unsupported") return { kind: "misconfigured", reason };
  return { kind: "busy", reason, maybeDelivered: error.maybeDelivered };
}

function busy(response: TransportResponse, exchange: Exchange, reason: string): ExportOutcome {
  const now = exchange.nowEpochMs ?? Date.now();
  const wait = retryAfterMs(response.headers["retry-after"], now, response.headers.date);
  return {
    kind: "busy",
    reason,
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
}

function describe(response: TransportResponse, exchange: Exchange): string {
  if (response.status >= 300 && response.status < 400) {
    const location = response.headers.location;
    const target = location === undefined ? "" : ` to ${withoutCredentials(location)}`;
    return say(exchange, `answered ${response.status}: a redirect${target}, which is not followed`);
  }
  const words = serverMessage(response.body);
  return say(exchange, `answered ${response.status}${words === "" ? "" : `: ${words}`}`);
}

function say(exchange: Exchange, what: string): string {
  const text = `${exchange.method} ${withoutCredentials(exchange.url)} ${what}`;
  return oneLine(exchange.redact === undefined ? text : exchange.redact(text));
}

const MAX_MESSAGE_CHARS = 200;

/**
 * What the server says of the error, from the fields where the dialects put it. The rest of the body is left alone:
 * validators like to echo the payload.
 */
function serverMessage(body: Buffer): string {
  try {
    const found = messageIn(JSON.parse(body.toString("utf8")) as unknown);
    return found.length > MAX_MESSAGE_CHARS ? `${found.slice(0, MAX_MESSAGE_CHARS)}…` : found;
  } catch {
    return "";
  }
}

function messageIn(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.slice(0, 3).map(messageIn).filter(Boolean).join("; ");
  if (typeof value !== "object" || value === null) return "";
  const { error, message, detail, msg, loc } = value as Record<string, unknown>;
  const at = Array.isArray(loc) ? `${loc.filter((part) => typeof part !== "object").join(".")}: ` : "";
  return typeof msg === "string" ? at + msg : messageIn(message ?? error ?? detail);
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "an error that can't be printed";
  }
}
