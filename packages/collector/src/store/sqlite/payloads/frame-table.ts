/**
 * Blobs of a trace, in frames. A commit writes the fresh blobs of each trace as one open frame, uncompressed; later the
 * open frames of a trace are joined and compressed, off the way of a write. Blobs are numbered from 0 within their trace.
 */
import { type BlobSink, joinColumn } from "../../payload-blobs.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import { CODEC, compressFrame, decompressFrame, packFrame, unpackFrame } from "./frame-codec.ts";

const NAME_BYTES = 16;
/** Names of one trace that are looked at for equal blobs: the newest. An older equal one is stored again. */
const MAX_TRACE_NAMES = 20_000;
/** Names of all traces that are kept in memory between writes. */
const MAX_KEPT_NAMES = 200_000;
/** Open frames of a trace are joined as soon as they hold so many bytes. A larger frame compresses better and reads slower. */
const FRAME_BYTES = 128 * 1024;
/** Decompressed frames that one reader keeps for what it reads next. */
const KEPT_FRAME_BYTES = 16 * 1024 * 1024;

/** The blob that a payload names is not there: the file was damaged. */
export class MissingBlobError extends Error {
  override readonly name = "MissingBlobError";
}

/** The blobs of one trace while it is written. */
export class TraceBlobs implements BlobSink {
  readonly #numbers: Map<string, number>;
  readonly fresh: { readonly name: Buffer; readonly content: Buffer }[] = [];
  next: number;

  constructor(numbers: Map<string, number>, next: number) {
    this.#numbers = numbers;
    this.next = next;
  }

  get size(): number {
    return this.#numbers.size;
  }

  put(name: Buffer, content: string): number {
    const key = name.toString("latin1");
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.next++;
    this.#numbers.set(key, number);
    this.fresh.push({ name, content: Buffer.from(content, "utf8") });
    return number;
  }
}

interface FrameRow {
  readonly frame: number;
  readonly first: number;
  readonly count: number;
  readonly codec: number;
  readonly bytes: number;
  readonly names: Uint8Array;
  readonly content: Uint8Array;
}

export class FrameTable {
  readonly #insert: Statement;
  readonly #last: Statement;
  readonly #names: Statement;
  readonly #open: Statement;
  readonly #openTraces: Statement;
  readonly #remove: Statement;
  readonly #written = new Map<number, TraceBlobs>();
  #keptNames = 0;

  constructor(database: Database) {
    this.#insert = database.prepare(
      "INSERT INTO frames (trace, first, count, codec, bytes, names, content) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#last = database.prepare("SELECT first, count FROM frames WHERE trace = ? ORDER BY first DESC LIMIT 1");
    this.#names = database.prepare("SELECT first, count, names FROM frames WHERE trace = ? ORDER BY first DESC");
    this.#open = database.prepare("SELECT * FROM frames WHERE trace = ? AND codec = 0 ORDER BY first");
    this.#openTraces = database.prepare(
      `SELECT frames.trace, sum(bytes) AS bytes, max(arrived_ms) AS arrived_ms FROM frames
       LEFT JOIN traces ON traces.trace = frames.trace WHERE codec = 0 GROUP BY frames.trace LIMIT 1000`,
    );
    this.#remove = database.prepare("DELETE FROM frames WHERE frame = ?");
  }

  blobsOf(trace: number): TraceBlobs {
    let blobs = this.#written.get(trace);
    if (blobs === undefined) {
      blobs = this.#load(trace);
      this.#written.set(trace, blobs);
      this.#keptNames += blobs.size;
      this.#forgetOldest();
    }
    return blobs;
  }

  /** Writes what is fresh of this trace. @returns its first number, and how many */
  save(trace: number, blobs: TraceBlobs): void {
    const { fresh } = blobs;
    if (fresh.length === 0) return;
    const content = packFrame(fresh.map((blob) => blob.content));
    const names = Buffer.concat(fresh.map((blob) => blob.name));
    const first = blobs.next - fresh.length;
    this.#insert.run(trace, first, fresh.length, CODEC.open, content.byteLength, names, content);
    this.#keptNames += fresh.length;
    fresh.length = 0;
  }

  /** Traces whose open frames are large, or to which nothing was added since. */
  dueForCompression(quietBeforeMs: number): number[] {
    const rows = this.#openTraces.all() as { trace: number; bytes: number; arrived_ms: number | null }[];
    return rows
      .filter((row) => row.bytes >= FRAME_BYTES || (row.arrived_ms ?? 0) < quietBeforeMs)
      .map((row) => row.trace);
  }

  /** Joins the open frames of a trace into compressed ones. Within a transaction of the caller's. */
  compress(trace: number): void {
    const rows = this.#open.all(trace) as unknown as FrameRow[];
    let group: FrameRow[] = [];
    let bytes = 0;
    for (const row of rows) {
      const last = group.at(-1);
      const isNext = last === undefined || last.first + last.count === row.first;
      if (!isNext || bytes >= FRAME_BYTES) {
        this.#join(trace, group);
        [group, bytes] = [[], 0];
      }
      group.push(row);
      bytes += row.bytes;
    }
    this.#join(trace, group);
  }

  forget(): void {
    this.#written.clear();
    this.#keptNames = 0;
  }

  forgetTrace(trace: number): void {
    this.#keptNames -= this.#written.get(trace)?.size ?? 0;
    this.#written.delete(trace);
  }

  #join(trace: number, rows: readonly FrameRow[]): void {
    const [first] = rows;
    if (first === undefined) return;
    const blobs = rows.flatMap((row) => unpackFrame(row.content, row.count));
    const plain = packFrame(blobs);
    const { codec, content } = compressFrame(plain);
    for (const row of rows) this.#remove.run(row.frame);
    const names = Buffer.concat(rows.map((row) => row.names));
    this.#insert.run(trace, first.first, blobs.length, codec, plain.byteLength, names, content);
  }

  #load(trace: number): TraceBlobs {
    const last = this.#last.get(trace) as { first: number; count: number } | undefined;
    const numbers = new Map<string, number>();
    if (last === undefined) return new TraceBlobs(numbers, 0);
    for (const row of this.#names.iterate(trace) as Iterable<Pick<FrameRow, "first" | "count" | "names">>) {
      const names = Buffer.from(row.names.buffer, row.names.byteOffset, row.names.byteLength).toString("latin1");
      for (let index = 0; index < row.count; index++) {
        numbers.set(names.slice(index * NAME_BYTES, (index + 1) * NAME_BYTES), row.first + index);
      }
      if (numbers.size >= MAX_TRACE_NAMES) break;
    }
    return new TraceBlobs(numbers, last.first + last.count);
  }

  #forgetOldest(): void {
    for (const [trace, blobs] of this.#written) {
      if (this.#keptNames <= MAX_KEPT_NAMES || this.#written.size === 1 || blobs.fresh.length > 0) return;
      this.forgetTrace(trace);
    }
  }
}

interface ReadFrame {
  readonly first: number;
  readonly blobs: readonly Buffer[];
}

/** Reads blobs, with the frames of the last reads at hand. */
export class BlobReader {
  readonly #find: Statement;
  readonly #read: Statement;
  readonly #frames = new Map<number, ReadFrame>();
  #bytes = 0;

  constructor(database: Database) {
    this.#find = database.prepare(
      "SELECT frame, first, count FROM frames WHERE trace = ? AND first <= ? ORDER BY first DESC LIMIT 1",
    );
    this.#read = database.prepare("SELECT * FROM frames WHERE frame = ?");
  }

  /** A look-up in one trace that puts each blob together once: make one for each answer. */
  blobsOf(trace: number): (number: number) => string {
    const texts = new Map<number, string>();
    let current: ReadFrame | undefined;
    return (number) => {
      let text = texts.get(number);
      if (text === undefined) {
        if (current === undefined || number < current.first || number >= current.first + current.blobs.length) {
          current = this.#frame(trace, number);
        }
        const blob = current.blobs[number - current.first];
        if (blob === undefined) throw new MissingBlobError(`blob ${number} of a trace is missing`);
        text = blob.toString("utf8");
        texts.set(number, text);
      }
      return text;
    };
  }

  forget(): void {
    this.#frames.clear();
    this.#bytes = 0;
  }

  /** Frames are never changed and their numbers never used again, so one that is at hand is still true. */
  #frame(trace: number, number: number): ReadFrame {
    const found = this.#find.get(trace, number) as Pick<FrameRow, "frame" | "first" | "count"> | undefined;
    if (found === undefined || number >= found.first + found.count) {
      throw new MissingBlobError(`blob ${number} of a trace is missing`);
    }
    const kept = this.#frames.get(found.frame);
    if (kept !== undefined) return kept;
    const row = this.#read.get(found.frame) as unknown as FrameRow;
    const read = { first: row.first, blobs: readFrame(row) };
    if (this.#bytes + row.bytes > KEPT_FRAME_BYTES) this.forget();
    this.#frames.set(found.frame, read);
    this.#bytes += row.bytes;
    return read;
  }
}

/** The JSON of a payload's column; undefined when a blob of it is missing or its frame damaged. */
export function readPayload(column: string, blobOf: (number: number) => string): string | undefined {
  try {
    return joinColumn(column, blobOf);
  } catch (error) {
    if (error instanceof MissingBlobError) return undefined;
    throw error;
  }
}

function readFrame(row: FrameRow): readonly Buffer[] {
  try {
    const plain = decompressFrame(row.codec, row.content);
    if (plain.byteLength !== row.bytes) throw new Error("a frame has another size than it had");
    return unpackFrame(plain, row.count);
  } catch (error) {
    throw new MissingBlobError("a frame is damaged", { cause: error });
  }
}
