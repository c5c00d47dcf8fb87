/** Everspan's own batch, written in slices: each large part of the payloads once. See `docs/formats/native-batch.md`. */
import { hash } from "node:crypto";
import {
  type BatchProducer,
  BlobEncoder,
  type EncoderMemory,
  NATIVE_FORMAT,
  NATIVE_FORMAT_2,
  type SpanSnapshot,
} from "@everspan/protocol";
import type { BodyWriter } from "./body-writer.ts";
import { SLICE_BYTES, type Steps } from "./json-encoder.ts";

/** Hashing and encoding, in units of writing. */
const BLOB_WORK = 2;
const BLOB_NAME_DIGITS = 32;

export interface NativeBatchOptions {
  readonly producer?: BatchProducer | undefined;
  /** Makes it version 2, without the blobs that the collector keeps. */
  readonly isKept?: ((name: string) => boolean) | undefined;
  /** For batches of version 2: what they share with earlier ones is not encoded again. */
  readonly memory?: EncoderMemory;
  /** Is given the blobs that were met, left out or not, with the lengths of their contents. */
  readonly named?: Map<string, number>;
}

export function* nativeBatch(
  snapshots: readonly SpanSnapshot[],
  out: BodyWriter,
  { producer, isKept, memory, named }: NativeBatchOptions = {},
): Steps {
  const blobs = new BlobEncoder({
    nameBlob: (encoded) => {
      out.work += encoded.length * BLOB_WORK;
      return hash("sha256", encoded).slice(0, BLOB_NAME_DIGITS);
    },
    runs: isKept !== undefined,
    ...(isKept !== undefined && { isKept }),
    ...(isKept !== undefined && memory !== undefined && { memory }),
  });
  const format = isKept === undefined ? NATIVE_FORMAT : NATIVE_FORMAT_2;
  const sender = producer === undefined ? "" : `"producer":${JSON.stringify(producer)},`;
  out.text(`{"format":"${format}",${sender}"spans":[`);
  let separator = "";
  for (const snapshot of snapshots) {
    out.text(separator + spanText(snapshot, blobs));
    separator = ",";
    if (out.work >= SLICE_BYTES) yield;
  }
  out.text('],"blobs":{');
  separator = "";
  for (const [name, content] of blobs.blobs) {
    named?.set(name, content.length);
    if (isKept?.(name) === true) continue;
    out.text(`${separator}"${name}":`);
    out.text(content);
    separator = ",";
    if (out.work >= SLICE_BYTES) yield;
  }
  out.text("}}");
}

function spanText(snapshot: SpanSnapshot, blobs: BlobEncoder): string {
  const { input, output, data, ...rest } = snapshot;
  let text = JSON.stringify(rest).slice(0, -1);
  for (const [field, payload] of [
    ["input", input],
    ["output", output],
    ["data", data],
  ] as const) {
    if (payload !== undefined) text += `,"${field}":${blobs.encode(payload)}`;
  }
  return `${text}}`;
}
