/** Everspan's own batch, written in slices: each large part of the payloads once. See `docs/formats/native-batch.md`. */
import { createHash, hash } from "node:crypto";
import {
  type BatchProducer,
  BlobEncoder,
  type EncoderMemory,
  type EncodingSteps,
  NATIVE_FORMAT,
  NATIVE_FORMAT_2,
  pieceEnd,
  type SpanSnapshot,
} from "@everspan/protocol";
import { bytesOf, nodeOf } from "../capture/index.ts";
import type { BodyWriter } from "./body-writer.ts";
import { SLICE_BYTES, type Steps } from "./json-encoder.ts";

/** Hashing and encoding, in units of writing. */
const BLOB_WORK = 2;
const BLOB_NAME_DIGITS = 32;
/** Larger payloads and parts of them are encoded in steps. */
const MIN_STEPPED_BYTES = 64 * 1024;
/** What looking at a value costs besides its text, in units of writing. */
const VALUE_WORK = 128;
/** Of a blob's text each step writes as much. */
const PIECE_CHARACTERS = 128 * 1024;

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
  const steps = stepsWith(out);
  for (const snapshot of snapshots) {
    out.text(separator + (yield* spanText(snapshot, blobs, steps)));
    separator = ",";
    if (out.work >= SLICE_BYTES) yield;
  }
  out.text('],"blobs":{');
  separator = "";
  for (const [name, content] of blobs.blobs) {
    named?.set(name, content.length);
    if (isKept?.(name) === true) continue;
    out.text(`${separator}"${name}":`);
    yield* pieces(content, out);
    separator = ",";
    out.work += VALUE_WORK;
    if (out.work >= SLICE_BYTES) yield;
  }
  out.text("}}");
}

function* pieces(text: string, out: BodyWriter): Steps {
  for (let start = 0; start < text.length; ) {
    const end = pieceEnd(text, start + PIECE_CHARACTERS);
    out.text(start === 0 && end === text.length ? text : text.slice(start, end));
    start = end;
    if (out.work >= SLICE_BYTES) yield;
  }
}

function stepsWith(out: BodyWriter): EncodingSteps {
  return {
    isLarge: (container) => bytesOf(nodeOf(container) ?? null) >= MIN_STEPPED_BYTES,
    pause: (characters) => {
      out.work += characters + VALUE_WORK;
      return out.work >= SLICE_BYTES;
    },
    beginName: () => {
      const sha256 = createHash("sha256");
      return {
        update: (part) => void sha256.update(part),
        name: () => sha256.digest("hex").slice(0, BLOB_NAME_DIGITS),
      };
    },
  };
}

function* spanText(snapshot: SpanSnapshot, blobs: BlobEncoder, steps: EncodingSteps): Generator<void, string> {
  const { input, output, data, ...rest } = snapshot;
  let text = JSON.stringify(rest).slice(0, -1);
  for (const [field, payload] of [
    ["input", input],
    ["output", output],
    ["data", data],
  ] as const) {
    if (payload !== undefined) text += `,"${field}":${yield* blobs.encodeSteps(payload, steps)}`;
  }
  return `${text}}`;
}
