import { NATIVE_MAX_BATCH_SPANS } from "../limits.ts";
import { BlobEncoder, type BlobEncoderOptions, BlobRestorer, type NameBlob } from "../payload/blob.ts";
import { inspectPayload } from "../payload/inspect.ts";
import { isJsonObject } from "../payload/json-object.ts";
import { validateSnapshot } from "../snapshot-validation.ts";
import type { SpanSnapshot } from "../span-snapshot.ts";
import type { DecodedSpan } from "./decoded-span.ts";
import { decodeProducerReport, type ProducerReport } from "./producer-report.ts";
import { kindOf, type Refusal, refuse } from "./refusal.ts";

/** Everspan's own batch, `POST /v1/everspan/batch`: snapshots as they are, each large part once. See `docs/formats/native-batch.md`. */

export const NATIVE_FORMAT = "everspan/1";

/** Which records of which producer a batch holds, so that the collector sees gaps and knows the producer's account. */
export interface BatchProducer extends ProducerReport {
  /** The batch holds the records from here to `lastSeq`. */
  readonly firstSeq: number;
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
  const sender = producer === undefined ? undefined : decodeProducer(producer);
  if (sender?.ok === false) return sender;
  const restorer = new BlobRestorer(genuineBlobs(blobs, nameBlob));
  const snapshots: SpanSnapshot[] = [];
  const rejected: NativeRejection[] = [];
  for (const span of spans) {
    const decoded = decodeSpan(span, restorer);
    if (decoded.ok) snapshots.push(decoded.snapshot);
    else rejected.push({ id: idOf(span), reason: decoded.message });
  }
  return { ok: true, batch: { ...(sender !== undefined && { producer: sender.producer }), snapshots, rejected } };
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

function decodeProducer(value: unknown): { readonly ok: true; readonly producer: BatchProducer } | Refusal {
  const decoded = decodeProducerReport(value);
  if (!decoded.ok) return decoded;
  const { report } = decoded;
  const firstSeq = isJsonObject(value) ? value.firstSeq : undefined;
  if (!Number.isSafeInteger(firstSeq) || (firstSeq as number) < 0 || (firstSeq as number) > report.lastSeq) {
    return refuse(422, "producer.firstSeq must be a whole number from 0 to producer.lastSeq");
  }
  return { ok: true, producer: { ...report, firstSeq: firstSeq as number } };
}

function idOf(span: unknown): string {
  return isJsonObject(span) && typeof span.id === "string" ? span.id.slice(0, 256) : "";
}
