import type { DecodedSpan } from "../../decoding/decoded-span.ts";
import { kindOf, type Refusal, refuse } from "../../decoding/refusal.ts";
import { NATIVE_MAX_BATCH_SPANS } from "../../limits.ts";
import {
  BlobEncoder,
  type BlobEncoderOptions,
  BlobRestorer,
  type BlobSource,
  type NameBlob,
} from "../../payload/blob.ts";
import { inspectPayload } from "../../payload/inspect.ts";
import { encodeJson } from "../../payload/json-numbers.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import { validateSnapshot } from "../../snapshot-validation.ts";
import type { SpanSnapshot } from "../../span-snapshot.ts";
import { decodeProducerReport, type ProducerReport } from "./producer-report.ts";

/** Everspan's own batch, `POST /v1/everspan/batch`: snapshots as they are, each large part once. See `docs/formats/native-batch.md`. */

/** Version 1: a batch holds what its spans need. */
export const NATIVE_FORMAT = "everspan/1";
/** Version 2: it may name blobs that the collector keeps from earlier batches, and arrays may have runs. */
export const NATIVE_FORMAT_2 = "everspan/2";

/** The code of the refusal of a batch that names what the collector does not have. */
export const UNKNOWN_BLOBS = "UNKNOWN_BLOBS";
const MAX_NAMED_UNKNOWN = 8;

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
  /** What the batch carried, genuine blobs only: a collector that keeps blobs does so once the batch is committed. */
  readonly blobs: ReadonlyMap<string, CarriedBlob>;
}

export interface CarriedBlob {
  /** JSON as parsed, which may hold references. */
  readonly content: unknown;
  /** Length of its JSON text. */
  readonly characters: number;
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
  /**
   * A collector that says so takes version 2, and keeps the blobs of this batch: as many bytes of those used last, all
   * senders together. Absent: it keeps none.
   */
  readonly keepsBlobBytes?: number;
  /** Of what was accepted: what changed something. The rest was there already, or is older than what stands. */
  readonly stored?: number;
}

/** A refusal may be one that the sender can do something about: `code` says so. */
export type DecodedNativeBatch =
  | { readonly ok: true; readonly batch: NativeBatch }
  | (Refusal & { readonly code?: typeof UNKNOWN_BLOBS });

/** With `isKept` it is a batch of version 2, without the blobs that the collector keeps. */
export interface NativeEncodeOptions extends Omit<BlobEncoderOptions, "runs"> {
  readonly producer?: BatchProducer;
}

/** The batch as JSON text. Payloads that share parts, within a span or between spans, share blobs. */
export function encodeNativeBatch(snapshots: readonly SpanSnapshot[], options: NativeEncodeOptions): string {
  const { isKept, producer } = options;
  const encoder = new BlobEncoder({ ...options, runs: isKept !== undefined });
  const spans = snapshots.map((snapshot) => encodeSpan(snapshot, encoder));
  const blobs = [...encoder.blobs]
    .filter(([name]) => isKept?.(name) !== true)
    .map(([name, content]) => `"${name}":${content}`);
  const format = isKept === undefined ? NATIVE_FORMAT : NATIVE_FORMAT_2;
  const sender = producer === undefined ? "" : `"producer":${JSON.stringify(producer)},`;
  return `{"format":"${format}",${sender}"blobs":{${blobs.join(",")}},"spans":[${spans.join(",")}]}`;
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
 * @param kept blobs of earlier batches, which a batch of version 2 may name. One that names what is neither in it nor
 *   kept is refused as a whole, with the code `UNKNOWN_BLOBS`
 */
export function decodeNativeBatch(body: unknown, nameBlob: NameBlob, kept: BlobSource = new Map()): DecodedNativeBatch {
  if (!isJsonObject(body)) return refuse(422, `a batch must be an object, got ${kindOf(body)}`);
  const isSparse = body.format === NATIVE_FORMAT_2;
  if (body.format !== NATIVE_FORMAT && !isSparse) {
    return refuse(422, `format must be "${NATIVE_FORMAT}" or "${NATIVE_FORMAT_2}"`);
  }
  const { spans, producer } = body;
  const blobs = body.blobs ?? {};
  if (!Array.isArray(spans)) return refuse(422, `spans must be an array, got ${kindOf(spans)}`);
  if (spans.length > NATIVE_MAX_BATCH_SPANS)
    return refuse(413, `spans must have at most ${NATIVE_MAX_BATCH_SPANS} items`);
  if (!isJsonObject(blobs)) return refuse(422, `blobs must be an object, got ${kindOf(blobs)}`);
  const sender = producer === undefined ? undefined : decodeProducer(producer);
  if (sender?.ok === false) return sender;
  const carried = genuineBlobs(blobs, nameBlob);
  const restorer = new BlobRestorer(sourceOf(carried, isSparse ? kept : undefined));
  const decoded = decodeSpans(spans, restorer);
  if (isSparse && restorer.missing.size > 0) return refuseUnknown(restorer.missing);
  if (restorer.isExhausted)
    return refuse(413, "the arrays of a batch have too many items after their runs are put back");
  return {
    ok: true,
    batch: { ...(sender !== undefined && { producer: sender.producer }), ...decoded, blobs: carried },
  };
}

function sourceOf(carried: ReadonlyMap<string, CarriedBlob>, kept: BlobSource | undefined): BlobSource {
  return {
    has: (name) => carried.has(name) || kept?.has(name) === true,
    get: (name) => (carried.has(name) ? carried.get(name)?.content : kept?.get(name)),
  };
}

function refuseUnknown(missing: ReadonlySet<string>): Refusal & { readonly code: typeof UNKNOWN_BLOBS } {
  const names = [...missing].slice(0, MAX_NAMED_UNKNOWN).join(", ");
  return {
    ...refuse(409, `blobs are named that are not here, send all of them with the batch: ${names}`),
    code: UNKNOWN_BLOBS,
  };
}

function decodeSpans(spans: readonly unknown[], restorer: BlobRestorer): Pick<NativeBatch, "snapshots" | "rejected"> {
  const snapshots: SpanSnapshot[] = [];
  const rejected: NativeRejection[] = [];
  for (const span of spans) {
    const decoded = decodeSpan(span, restorer);
    if (decoded.ok) snapshots.push(decoded.snapshot);
    else rejected.push({ id: idOf(span), reason: decoded.message });
  }
  return { snapshots, rejected };
}

function decodeSpan(span: unknown, restorer: BlobRestorer): DecodedSpan {
  const validated = validateSnapshot(span);
  if (!validated.ok) return validated;
  let { snapshot } = validated;
  for (const field of ["input", "output", "data"] as const) {
    if (snapshot[field] === undefined) continue;
    const restored = restorer.restore(snapshot[field]);
    if (!restored.ok) return refuse(422, `${field}: ${restored.message}`);
    if (restored.value !== snapshot[field]) snapshot = { ...snapshot, [field]: restored.value };
  }
  if (snapshot.data !== undefined && !isJsonObject(snapshot.data)) return refuse(422, "data must be an object");
  return { ok: true, snapshot };
}

function genuineBlobs(blobs: Readonly<Record<string, unknown>>, nameBlob: NameBlob): Map<string, CarriedBlob> {
  const genuine = new Map<string, CarriedBlob>();
  for (const [name, content] of Object.entries(blobs)) {
    if (inspectPayload(content).tooDeep) continue;
    const encoded = encodeJson(content);
    if (nameBlob(encoded) === name) genuine.set(name, { content, characters: encoded.length });
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
