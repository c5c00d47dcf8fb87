import { MAX_ID_CHARACTERS, MAX_PAYLOAD_DEPTH } from "../limits.ts";
import { inspectPayload } from "../payload/inspect.ts";
import { encodeJson } from "../payload/json-numbers.ts";
import { isJsonObject } from "../payload/json-object.ts";
import { numberOf } from "../payload/number-text.ts";
import type { SpanPiece } from "../pieces.ts";
import { formatTimestamp } from "../timestamp.ts";
import { readTimestamp } from "./read-timestamp.ts";
import { kindOf, type Refusal } from "./refusal.ts";

/** What the dialects share whose spans come in pieces. Their senders are others' clients: what is odd is left out, not refused. */

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The pieces of one request, and the items that had no place in them. */
export type DecodedPieces =
  | { readonly ok: true; readonly pieces: readonly SpanPiece[]; readonly rejected: readonly RejectedItem[] }
  | Refusal;

export interface RejectedItem {
  readonly id: string;
  readonly reason: string;
}

/** An id that the store takes, or why it is none. */
export function pieceId(name: string, value: unknown): { id: string } | { reason: string } {
  if (typeof value !== "string" || value === "") return { reason: `${name} must be a text, got ${kindOf(value)}` };
  if (value.length > MAX_ID_CHARACTERS) return { reason: `${name} must have at most ${MAX_ID_CHARACTERS} characters` };
  if (value.includes("\0") || /\p{Surrogate}/u.test(value)) return { reason: `${name} must be valid text without NUL` };
  return { id: value };
}

/** An id beside the span's own: one that is none is left out. */
export function optionalId(value: unknown): string | undefined {
  const id = pieceId("id", value);
  return "id" in id ? id.id : undefined;
}

export function optionalText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An instant as ISO 8601, or as seconds or milliseconds since 1970. */
export function instantOf(value: unknown): string | undefined {
  if (typeof value === "string") {
    const micros = readTimestamp(value);
    return micros === undefined ? undefined : formatTimestamp(micros);
  }
  const number = numberOf(value) ?? Number.NaN;
  if (!Number.isFinite(number) || number <= 0) return undefined;
  const micros = Math.round(number < 1e11 ? number * 1e6 : number * 1000);
  return Number.isSafeInteger(micros) && micros < 9e15 ? formatTimestamp(micros) : undefined;
}

/** A payload; null and absent are none. One that is too deep is its JSON text, cut. */
export function payloadOf(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  return inspectPayload(value).tooDeep ? `[Truncated: deeper than ${MAX_PAYLOAD_DEPTH} levels]` : value;
}

/** Properties that are there, as data; what is nested too deeply is cut. */
export function dataOf(fields: JsonRecord): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const payload = payloadOf(value);
    if (payload !== undefined) data[key] = payload;
  }
  return data;
}

export function recordOf(value: unknown): JsonRecord {
  return isJsonObject(value) ? value : {};
}

/** Failure as a text, as an object with a message, or as any other value. */
export function errorOf(value: unknown): { type: string; message: string; stack?: string } | undefined {
  if (value === undefined || value === null || value === "" || value === false) return undefined;
  if (typeof value === "string") {
    const name = /^(\w+(?:Error|Exception))\b:?/.exec(value)?.[1];
    return { type: name ?? "Error", message: value };
  }
  const { name, type, message, stack } = recordOf(value);
  return {
    type: optionalText(name) ?? optionalText(type) ?? "Error",
    message: optionalText(message) ?? encodeJson(value),
    ...(typeof stack === "string" && { stack }),
  };
}
