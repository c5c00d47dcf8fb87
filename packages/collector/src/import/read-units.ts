/** A file as units, whatever its form: JSON lines, one JSON document, or OTLP in protobuf's form; gzip or plain. */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { JsonScanner } from "./json-scanner.ts";
import { protobufUnits } from "./protobuf-units.ts";
import { ImportError, type Unit } from "./unit.ts";

/** Of one value, and of one line: what a span may hold, several times over. */
export const MAX_UNIT_BYTES = 64 * 1024 * 1024;

/** Names of the lists that documents hold spans in. */
export const ENVELOPE_KEYS: ReadonlySet<string> = new Set([
  "resourceSpans",
  "resourceLogs",
  "items",
  "batch",
  "data",
  "spans",
  "observations",
]);

const CHUNK_BYTES = 1024 * 1024;
const GZIP = Buffer.from([0x1f, 0x8b]);
const NEW_LINE = 0x0a;

/** Called with the number of the file's bytes that were read, as they are on the disk. */
export type OnRead = (bytes: number) => void;

export type FileForm = "lines" | "document" | "protobuf";

export interface UnitsOfFile {
  readonly form: FileForm;
  readonly units: AsyncIterable<Unit>;
}

/** @throws ImportError when it is none of the forms; while it is read, when it is damaged */
export async function readUnits(path: string, onRead: OnRead = () => {}): Promise<UnitsOfFile> {
  const chunks = readChunks(path, onRead);
  const head = await firstLine(chunks);
  const rest = joined(head.bytes, chunks);
  const first = withoutMark(head.bytes);
  if (first.every(isBlank)) throw new ImportError(undefined, "the file is empty");
  if (isJsonStart(first)) {
    const isLines = head.hasMore && isJson(first.subarray(0, head.lineEnd));
    return isLines ? { form: "lines", units: lines(rest) } : { form: "document", units: documentUnits(rest) };
  }
  const proto = protobufUnits(first, rest, MAX_UNIT_BYTES);
  if (proto !== undefined) return { form: "protobuf", units: proto };
  throw new ImportError(undefined, `expected JSON, JSON lines or OTLP protobuf, got ${describeHead(first)}`);
}

async function* readChunks(path: string, onRead: OnRead): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  let bytes = 0;
  const counted = async function* () {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      onRead(bytes);
      yield chunk;
    }
  };
  const source = counted();
  try {
    const { value: first } = await source.next();
    if (first === undefined) return;
    if (first.subarray(0, 2).equals(GZIP)) yield* gunzipped(first, source);
    else {
      yield withoutMark(first);
      yield* source;
    }
  } finally {
    file.destroy();
  }
}

async function* gunzipped(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const feed = async () => {
    const write = (chunk: Buffer) =>
      gunzip.write(chunk) ? undefined : new Promise<void>((resolve) => gunzip.once("drain", resolve));
    await write(first);
    for await (const chunk of rest) await write(chunk);
    gunzip.end();
  };
  feed().catch((error: Error) => gunzip.destroy(error));
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw new ImportError(undefined, `the file is not whole as gzip: ${(error as Error).message}`);
  } finally {
    gunzip.destroy();
  }
}

interface Head {
  /** What was read, at least the first line that says anything; all of the file when there is no second. */
  readonly bytes: Buffer;
  readonly lineEnd: number;
  /** Something stands after the first line. */
  readonly hasMore: boolean;
}

async function firstLine(chunks: AsyncGenerator<Buffer>): Promise<Head> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const { value } = await chunks.next();
    if (value !== undefined) {
      parts.push(value);
      bytes += value.length;
    }
    const isLast = value === undefined || bytes > MAX_UNIT_BYTES;
    if (!isLast && value!.indexOf(NEW_LINE) === -1) continue;
    const whole = Buffer.concat(parts);
    const start = whole.findIndex((byte) => !isBlank(byte));
    const end = whole.indexOf(NEW_LINE, Math.max(start, 0));
    if (end === -1) {
      if (isLast) return { bytes: whole, lineEnd: whole.length, hasMore: false };
      continue;
    }
    const hasMore = whole.subarray(end).some((byte) => !isBlank(byte));
    if (hasMore || isLast) return { bytes: whole, lineEnd: end, hasMore };
  }
}

async function* joined(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

async function* documentUnits(chunks: AsyncIterable<Buffer>): AsyncGenerator<Unit> {
  const scanner = new JsonScanner(ENVELOPE_KEYS, MAX_UNIT_BYTES);
  for await (const chunk of chunks) yield* scanner.push(chunk);
  yield* scanner.end();
}

/** Each line that says anything; the last one may be without its end. */
async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Unit> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let line = 1;
  let number = 0;
  const cut = (): Unit | undefined => {
    const text = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [];
    bytes = 0;
    if (text.every(isBlank)) return undefined;
    return { bytes: text, line, number: number++ };
  };
  const hold = (part: Buffer) => {
    bytes += part.length;
    if (bytes > MAX_UNIT_BYTES) throw new ImportError(line, `a line of more than ${MAX_UNIT_BYTES} bytes is too large`);
    if (part.length > 0) parts.push(part);
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEW_LINE); end !== -1; end = chunk.indexOf(NEW_LINE, start)) {
      hold(chunk.subarray(start, end));
      const unit = cut();
      if (unit !== undefined) yield unit;
      line += 1;
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  const last = cut();
  if (last !== undefined) yield last;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === NEW_LINE || byte === 0x0d;
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function isJsonStart(bytes: Buffer): boolean {
  const first = bytes.find((byte) => !isBlank(byte));
  return first === undefined || first === 0x7b || first === 0x5b;
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}

const KNOWN_HEADS: readonly (readonly [string, string])[] = [
  ["PK", "a zip archive: unpack it first"],
  ["PAR1", "a Parquet file: export it as JSON"],
  ["SQLite format 3", "a SQLite database: everspan restore puts a backup in place"],
  ["(\xb5/\xfd", "a zstd file: unpack it first"],
];

function describeHead(bytes: Buffer): string {
  const head = bytes.subarray(0, 64).toString("latin1");
  const known = KNOWN_HEADS.find(([start]) => head.startsWith(start));
  if (known !== undefined) return known[1];
  if (/^[\x20-\x7e\t\r\n]+$/.test(head)) {
    const line = head.split("\n", 1)[0]!.trim().slice(0, 40);
    return line.includes(",")
      ? `text like ${JSON.stringify(line)}: of a CSV file, export it as JSON`
      : JSON.stringify(line);
  }
  return `bytes that begin with ${bytes.subarray(0, 8).toString("hex")}`;
}
