/**
 * OTLP in protobuf's form, as it lies in files: one `ExportTraceServiceRequest` (its top is a list, so that it can be cut
 * without being read), or messages with their length in four bytes before each, as OpenTelemetry's collector writes them.
 */
import { ImportError, type Unit } from "./unit.ts";

/** `resource_spans`, the only field of a request: field 1, with a length. */
const REQUEST_TAG = 0x0a;
/** First fields of resource_spans: resource, scope_spans, schema_url, and scope_spans' name before 1.0. */
const INNER_TAGS: ReadonlySet<number> = new Set([0x0a, 0x12, 0x1a]);

/** @param head the file's first bytes. @returns undefined when it is no protobuf of OTLP */
export function protobufUnits(
  head: Buffer,
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Unit> | undefined {
  if (looksLikeRequest(head)) return fields(chunks, maxBytes);
  if (head.length > 8 && head.readUInt32BE(0) <= maxBytes && looksLikeRequest(head.subarray(4))) {
    return lengthPrefixed(chunks, maxBytes);
  }
  return undefined;
}

function looksLikeRequest(bytes: Buffer): boolean {
  if (bytes[0] !== REQUEST_TAG) return false;
  const length = varint(bytes, 1);
  if (length === undefined) return false;
  return length.value === 0 || INNER_TAGS.has(bytes[length.end] ?? -1);
}

async function* fields(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Unit> {
  yield* cut(chunks, maxBytes, (bytes) => {
    const tag = varint(bytes, 0);
    if (tag === undefined) return undefined;
    if ((tag.value & 7) !== 2)
      throw new Error(`field ${tag.value >>> 3} of the request has wire type ${tag.value & 7}`);
    const length = varint(bytes, tag.end);
    return length === undefined ? undefined : { from: 0, to: length.end + length.value };
  });
}

async function* lengthPrefixed(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Unit> {
  yield* cut(chunks, maxBytes, (bytes) => (bytes.length < 4 ? undefined : { from: 4, to: 4 + bytes.readUInt32BE(0) }));
}

type FindEnd = (bytes: Buffer) => { readonly from: number; readonly to: number } | undefined;

async function* cut(chunks: AsyncIterable<Buffer>, maxBytes: number, findEnd: FindEnd): AsyncGenerator<Unit> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let needed = 1;
  let number = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes < needed) continue;
    let whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    for (;;) {
      const place = placeOf(whole, findEnd, number + 1);
      needed = place?.to ?? whole.length + 1;
      if (needed > maxBytes) throw new ImportError(number + 1, `a message of ${needed} bytes is too large`);
      if (place === undefined || place.to > whole.length) break;
      yield { bytes: whole.subarray(place.from, place.to), line: number + 1, number };
      number += 1;
      whole = whole.subarray(place.to);
    }
    parts = whole.length > 0 ? [whole] : [];
    bytes = whole.length;
  }
  if (bytes > 0) throw new ImportError(number + 1, "the file ends within a message: it is cut off");
}

function placeOf(bytes: Buffer, findEnd: FindEnd, message: number) {
  try {
    return bytes.length === 0 ? undefined : findEnd(bytes);
  } catch (error) {
    throw new ImportError(message, `the file is no OTLP protobuf: ${(error as Error).message}`);
  }
}

/** @returns undefined when the bytes end within it */
function varint(bytes: Buffer, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: from + i + 1 };
  }
  throw new Error("a number has more than ten bytes");
}
