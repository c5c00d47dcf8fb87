import { NATIVE_MAX_BATCH_SPANS } from "../limits.ts";
import { BlobEncoder, type BlobEncoderOptions, BlobRestorer, type NameBlob } from "../payload/blob.ts";
import { inspectPayload } from "../payload/inspect.ts";
import { isJsonObject } from "../payload/json-object.ts";
import { validateSnapshot } from "../snapshot-validation.ts";
import type { SpanSnapshot } from "../span-snapshot.ts";
import type { DecodedSpan } from "./decoded-span.ts";
import { kindOf, type Refusal, refuse } from "./refusal.ts";

/** Everspan's own batch, `POST /v1/everspan/batch`: snapshots as they are, each large part once. See `docs/formats/native-batch.md`. */

export const NATIVE_FORMAT = "everspan/1";

/** Which records of which producer a batch holds, so that the collector sees gaps and knows the producer's account. */
export interface BatchProducer {
  /** 128 random bits as hex: one SDK instance in one life of a process. */
  readonly id: string;
  /** Number of the batch, from 1. */
  readonly batch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The lane's ledger when the batch was made. Opaque to this codec. */
  readonly ledger?: Readonly<Record<string, unknown>>;
}

export interface NativeBatch {
  readonly producer?: BatchProducer;
  readonly snapshots: readonly SpanSnapshot[];
  /** Spans of the batch that are not valid; the others are taken all the same. */
  readonly rejected: readonly NativeRejection[];
}

export interface NativeRejection {
  /** The span's id; empty when it has none. */
  readonly id: string;
  readonly reason: string;
}

/** The answer: what is accepted is committed. */
export interface NativeResponse {
  readonly accepted: number;
  readonly rejected: readonly NativeRejection[];
}

export type DecodedNativeBatch = { readonly ok: true; readonly batch: NativeBatch } | Refusal;

export interface NativeEncodeOptions extends BlobEncoderOptions {
  readonly producer?: BatchProducer;
}

/** The batch as JSON text. Payloads that share parts, within a span or between spans, share blobs. */
export function encodeNativeBatch(snapshots: readonly SpanSnapshot[], options: NativeEncodeOptions): string {
  const encoder = new BlobEncoder(options);
  const spans = snapshots.map((snapshot) => encodeSpan(snapshot, encoder));
  const blobs = [...encoder.blobs].map(([name, content]) => `"${name}":${content}`);
  const producer = options.producer === undefined ? "" : `"producer":${JSON.stringify(options.producer)},`;
  return `{"format":"${NATIVE_FORMAT}",${producer}"blobs":{${blobs.join(",")}},"spans":[${spans.join(",")}]}`;
}

function encodeSpan(snapshot: SpanSnapshot, encoder: BlobEncoder): string {
  const { input, output, data, ...rest } = snapshot;
  let text = JSON.stringify(rest).slice(0, -1);
  for (const [field, payload] of Object.entries({ input, output, data })) {
    if (payload !== undefined) text += `,"${field}":${encoder.encode(payload)}`;
  }
  return `${text}}`;
}

/**
 * Reads a parsed batch with its blobs put back. What is wrong with the envelope refuses the whole; what is wrong with
 * one span rejects that span. Never throws.
 * @param nameBlob the same as the sender's. A blob under a name that is not its own would let one sender change what
 *   another's name means, so such a blob is as good as absent.
 */
export function decodeNativeBatch(body: unknown, nameBlob: NameBlob): DecodedNativeBatch {
  if (!isJsonObject(body)) return refuse(422, `a batch must be an object, got ${kindOf(body)}`);
  if (body.format !== NATIVE_FORMAT) return refuse(422, `format must be "${NATIVE_FORMAT}"`);
  const { spans, producer } = body;
  const blobs = body.blobs ?? {};
  if (!Array.isArray(spans)) return refuse(422, `spans must be an array, got ${kindOf(spans)}`);
  if (spans.length > NATIVE_MAX_BATCH_SPANS)
    return refuse(422, `spans must have at most ${NATIVE_MAX_BATCH_SPANS} items`);
  if (!isJsonObject(blobs)) return refuse(422, `blobs must be an object, got ${kindOf(blobs)}`);
  if (producer !== undefined && !isProducer(producer)) {
    return refuse(422, "producer must have an id and the integers batch, firstSeq and lastSeq");
  }
  const restorer = new BlobRestorer(genuineBlobs(blobs, nameBlob));
  const snapshots: SpanSnapshot[] = [];
  const rejected: NativeRejection[] = [];
  for (const span of spans) {
    const decoded = decodeSpan(span, restorer);
    if (decoded.ok) snapshots.push(decoded.snapshot);
    else rejected.push({ id: idOf(span), reason: decoded.message });
  }
  return { ok: true, batch: { ...(producer !== undefined && { producer }), snapshots, rejected } };
}

function decodeSpan(span: unknown, restorer: BlobRestorer): DecodedSpan {
  const validated = validateSnapshot(span);
  if (!validated.ok) return validated;
  const payloads: Record<string, unknown> = {};
  for (const field of ["input", "output", "data"] as const) {
    if (validated.snapshot[field] === undefined) continue;
    const restored = restorer.restore(validated.snapshot[field]);
    if (!restored.ok) return refuse(422, `${field}: ${restored.message}`);
    payloads[field] = restored.value;
  }
  if (payloads.data !== undefined && !isJsonObject(payloads.data)) return refuse(422, "data must be an object");
  return { ok: true, snapshot: { ...validated.snapshot, ...payloads } };
}

function genuineBlobs(blobs: Readonly<Record<string, unknown>>, nameBlob: NameBlob): Map<string, unknown> {
  const genuine = new Map<string, unknown>();
  for (const [name, content] of Object.entries(blobs)) {
    if (!inspectPayload(content).tooDeep && nameBlob(JSON.stringify(content)) === name) genuine.set(name, content);
  }
  return genuine;
}

function isProducer(value: unknown): value is BatchProducer {
  if (!isJsonObject(value)) return false;
  const { id, batch, firstSeq, lastSeq, ledger } = value;
  return (
    typeof id === "string" &&
    /^[0-9a-f]{32}$/.test(id) &&
    [batch, firstSeq, lastSeq].every((count) => Number.isSafeInteger(count) && (count as number) >= 0) &&
    (lastSeq as number) >= (firstSeq as number) &&
    (ledger === undefined || isJsonObject(ledger))
  );
}

function idOf(span: unknown): string {
  return isJsonObject(span) && typeof span.id === "string" ? span.id.slice(0, 256) : "";
}
