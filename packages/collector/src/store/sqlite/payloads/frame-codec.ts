/**
 * A frame: consecutive blobs of one trace in one value, so that they are compressed together. Its bytes are a list of
 * lengths (as many varints as it has blobs), then the blobs' texts in UTF-8.
 */
import { brotliCompressSync, brotliDecompressSync, constants, inflateRawSync } from "node:zlib";

/** How a frame's content is kept. `open`: as it came, to be joined with its neighbours. Numbers on disk; 3 is for zstd. */
export const CODEC = { open: 0, deflate: 1, brotli: 2, plain: 4 } as const;
export type Codec = (typeof CODEC)[keyof typeof CODEC];

/** A frame that a hostile file claims to be larger than this is damaged. */
const MAX_FRAME_BYTES = 128 * 1024 * 1024;

/** What a row names is in no frame: the file was damaged. */
export class MissingBlobError extends Error {
  override readonly name = "MissingBlobError";
}

/** @param blobs texts, or their bytes */
export function packFrame(blobs: readonly Buffer[] | readonly string[]): Buffer {
  const lengths = blobs.map((blob) => (typeof blob === "string" ? Buffer.byteLength(blob) : blob.byteLength));
  const frame = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + varintBytes(length) + length, 0));
  let at = 0;
  for (const length of lengths) at = writeVarint(frame, at, length);
  if (isTexts(blobs)) {
    // JSON ends with no half of a character: joined, the texts take as many bytes as each alone.
    frame.write(blobs.join(""), at, "utf8");
    return frame;
  }
  for (const blob of blobs) {
    frame.set(blob, at);
    at += blob.byteLength;
  }
  return frame;
}

function isTexts(blobs: readonly Buffer[] | readonly string[]): blobs is readonly string[] {
  return typeof blobs[0] === "string";
}

/** A frame whose blobs are not made yet: whoever asks for one makes it. */
export interface UnpackedFrame {
  readonly bytes: Buffer;
  /** Where each blob begins, and last where the last one ends. */
  readonly starts: readonly number[];
}

/** @throws Error when the bytes are no frame of so many blobs */
export function unpackFrame(bytes: Uint8Array, count: number): UnpackedFrame {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengths: number[] = [];
  let at = 0;
  while (lengths.length < count) {
    let length = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer[at++];
      if (byte === undefined || factor > 2 ** 28) throw new Error("a frame is damaged");
      length += (byte & 127) * factor;
      if (byte < 128) break;
    }
    lengths.push(length);
  }
  const starts = [at];
  for (const length of lengths) {
    at += length;
    starts.push(at);
  }
  if (at !== buffer.byteLength) throw new Error("a frame is damaged");
  return { bytes: buffer, starts };
}

/** The blobs of a frame as bytes. @throws Error when it is no frame of so many */
export function blobsOfFrame(frame: Uint8Array, count: number): readonly Buffer[] {
  const { bytes, starts } = unpackFrame(frame, count);
  return starts.slice(1).map((end, at) => bytes.subarray(starts[at], end));
}

/** Quality 4 with a window as large as a frame: about a sixth of an agent's conversation, for 20 us a KB. */
export function compressFrame(plain: Buffer): { readonly codec: Codec; readonly content: Buffer } {
  const content = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 4,
      [constants.BROTLI_PARAM_LGWIN]: 20,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.byteLength,
    },
  });
  return content.byteLength < plain.byteLength
    ? { codec: CODEC.brotli, content }
    : { codec: CODEC.plain, content: plain };
}

/** @throws Error when the content is damaged, or of a codec that this version does not know */
export function decompressFrame(codec: number, content: Uint8Array): Uint8Array {
  if (codec === CODEC.open || codec === CODEC.plain) return content;
  if (codec === CODEC.brotli) return brotliDecompressSync(content, { maxOutputLength: MAX_FRAME_BYTES });
  if (codec === CODEC.deflate) return inflateRawSync(content, { maxOutputLength: MAX_FRAME_BYTES });
  throw new Error(`a frame is compressed by a codec that is not known here (${codec})`);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

/** @returns where it ends */
function writeVarint(target: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) target[at++] = (rest % 128) | 128;
  target[at++] = rest;
  return at;
}
