/**
 * What a trace's spans carry, in frames: blobs, which several payloads name, and bodies, one for each span that was
 * written. A commit writes what is fresh of each trace as one open frame of each kind, uncompressed; later the open
 * frames of a trace are joined and compressed, off the way of a write. Both are numbered from 0 within their trace.
 */
import { type BlobSink, joinColumn } from "../../payload-blobs.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { Steps } from "../writing/steps.ts";
import { bodyNumber } from "./body.ts";
import {
  blobsOfFrame,
  CODEC,
  compressFrame,
  decompressFrame,
  MissingBlobError,
  packFrame,
  type UnpackedFrame,
  unpackFrame,
} from "./frame-codec.ts";

const NAME_BYTES = 16;
const NO_NAMES = new Uint8Array();
const EMPTY = Buffer.alloc(0);
/** Names of one trace that are looked at for equal blobs: the newest. An older equal one is stored again. */
const MAX_TRACE_NAMES = 20_000;
/** Names of all traces that are kept in memory between writes; a trace by itself takes as much as so many names. */
const MAX_KEPT_NAMES = 200_000;
const NAMES_OF_A_TRACE = 32;
/** Open frames of a trace are joined as soon as they hold so many bytes. A larger frame compresses better and reads slower. */
const FRAME_BYTES = 128 * 1024;
/** Spans of a trace that are looked at for what of its bodies is still named. */
const MAX_LOOKED_AT = 5000;
/** Decompressed frames that one reader keeps for what it reads next. */
const KEPT_FRAME_BYTES = 8 * 1024 * 1024;

/** What frames hold; numbers on disk. */
const KIND = { blobs: 0, bodies: 1 } as const;
type Kind = (typeof KIND)[keyof typeof KIND];

const NO_BLOB = -1;

/** The blobs and bodies of one trace while it is written. */
export class TraceBlobs implements BlobSink {
  readonly #numbers: Map<string, number>;
  readonly fresh: { readonly name: Buffer; readonly content: string }[] = [];
  readonly freshBodies: string[] = [];
  next: number;
  nextBody: number;

  constructor(numbers: Map<string, number>, next: number, nextBody: number) {
    this.#numbers = numbers;
    this.next = next;
    this.nextBody = nextBody;
  }

  readonly putBody = (text: string): number => {
    this.freshBodies.push(text);
    return this.nextBody++;
  };

  /** For a comparison: what is not there gets a number that no blob has. */
  readonly known: BlobSink = {
    put: (name) => this.#numbers.get(name.toString("latin1")) ?? NO_BLOB,
  };

  get size(): number {
    return this.#numbers.size;
  }

  put(name: Buffer, content: string): number {
    const key = name.toString("latin1");
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.next++;
    this.#numbers.set(key, number);
    this.fresh.push({ name, content });
    return number;
  }
}

interface FrameRow {
  readonly frame: number;
  readonly kind: Kind;
  readonly first: number;
  readonly count: number;
  readonly codec: number;
  readonly bytes: number;
  readonly names: Uint8Array;
  readonly content: Uint8Array;
}

/** A frame that is to be joined; what is in it is read when its turn comes. */
type OpenFrame = Pick<FrameRow, "frame" | "kind" | "first" | "count" | "bytes">;

export class FrameTable {
  readonly #insert: Statement;
  readonly #last: Statement;
  readonly #names: Statement;
  readonly #open: Statement;
  readonly #content: Statement;
  readonly #openTraces: Statement;
  readonly #remove: Statement;
  readonly #bodies: Statement;
  readonly #countBodies: Statement;
  readonly #written = new Map<number, TraceBlobs>();
  #keptNames = 0;

  constructor(database: Database) {
    this.#insert = database.prepare(
      "INSERT INTO frames (trace, kind, first, count, codec, bytes, names, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#last = database.prepare(
      "SELECT first, count FROM frames WHERE trace = ? AND kind = ? ORDER BY first DESC LIMIT 1",
    );
    this.#names = database.prepare(
      `SELECT first, count, names FROM frames WHERE trace = ? AND kind = ${KIND.blobs} ORDER BY first DESC`,
    );
    this.#open = database.prepare(
      "SELECT frame, kind, first, count, bytes FROM frames WHERE trace = ? AND codec = 0 ORDER BY kind, first",
    );
    this.#content = database.prepare("SELECT names, content FROM frames WHERE frame = ?");
    this.#bodies = database.prepare(`SELECT body FROM spans WHERE trace = ? LIMIT ${MAX_LOOKED_AT + 1}`);
    this.#countBodies = database.prepare(
      `SELECT count(*) AS spans, count(body) AS bodies
       FROM (SELECT body FROM spans WHERE trace = ? LIMIT ${MAX_LOOKED_AT + 1})`,
    );
    this.#openTraces = database.prepare(
      `SELECT frames.trace, sum(bytes) AS bytes, max(arrived_ms) AS arrived_ms FROM frames
       LEFT JOIN traces ON traces.trace = frames.trace WHERE codec = 0 GROUP BY frames.trace LIMIT 1000`,
    );
    this.#remove = database.prepare("DELETE FROM frames WHERE frame = ?");
  }

  /** Traces of which something is kept in memory between writes. */
  get keptTraces(): number {
    return this.#written.size;
  }

  blobsOf(trace: number): TraceBlobs {
    return this.#written.get(trace) ?? this.#keep(trace, this.#load(trace));
  }

  /** Of a trace that has none yet. */
  blobsOfNew(trace: number): TraceBlobs {
    return this.#keep(trace, new TraceBlobs(new Map(), 0, 0));
  }

  #keep(trace: number, blobs: TraceBlobs): TraceBlobs {
    this.#written.set(trace, blobs);
    this.#keptNames += NAMES_OF_A_TRACE + blobs.size;
    this.#forgetOldest();
    return blobs;
  }

  /** Writes what is fresh of this trace. */
  save(trace: number, blobs: TraceBlobs): void {
    const { fresh, freshBodies } = blobs;
    if (freshBodies.length > 0) {
      const first = blobs.nextBody - freshBodies.length;
      this.#write(trace, KIND.bodies, first, freshBodies, NO_NAMES);
      freshBodies.length = 0;
    }
    if (fresh.length === 0) return;
    const names = Buffer.concat(fresh.map((blob) => blob.name));
    const contents = fresh.map((blob) => blob.content);
    this.#write(trace, KIND.blobs, blobs.next - fresh.length, contents, names);
    if (this.#written.get(trace) === blobs) this.#keptNames += fresh.length;
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
  *compress(trace: number): Steps<void> {
    const rows = this.#open.all(trace) as unknown as OpenFrame[];
    const named = rows.some(({ kind }) => kind === KIND.bodies) ? this.#namedBodies(trace) : undefined;
    let group: OpenFrame[] = [];
    let bytes = 0;
    for (const row of rows) {
      const last = group.at(-1);
      const isNext = last === undefined || (last.kind === row.kind && last.first + last.count === row.first);
      if (!isNext || bytes >= FRAME_BYTES) {
        this.#join(trace, group, named);
        yield;
        [group, bytes] = [[], 0];
      }
      group.push(row);
      bytes += row.bytes;
    }
    this.#join(trace, group, named);
  }

  forget(): void {
    this.#written.clear();
    this.#keptNames = 0;
  }

  forgetTrace(trace: number): void {
    const blobs = this.#written.get(trace);
    if (blobs === undefined) return;
    this.#keptNames -= NAMES_OF_A_TRACE + blobs.size;
    this.#written.delete(trace);
  }

  #write(trace: number, kind: Kind, first: number, contents: readonly string[], names: Uint8Array): void {
    const content = packFrame(contents);
    this.#insert.get(trace, kind, first, contents.length, CODEC.open, content.byteLength, names, content);
  }

  /** The bodies that a row names; undefined when all are named, or there are too many spans to look at each time. */
  #namedBodies(trace: number): Set<number> | undefined {
    const { spans, bodies } = this.#countBodies.get(trace) as { spans: number; bodies: number };
    // No two rows name the same one.
    if (spans > MAX_LOOKED_AT || bodies === this.#next(trace, KIND.bodies)) return undefined;
    const rows = this.#bodies.all(trace) as { body: number | null }[];
    return new Set(rows.map(({ body }) => bodyNumber(body ?? 0)));
  }

  /** What a span had before it was replaced is left out: its number stays, without content. */
  #join(trace: number, rows: readonly OpenFrame[], named: ReadonlySet<number> | undefined): void {
    const [first] = rows;
    if (first === undefined) return;
    const frames = rows.map(({ frame }) => this.#content.get(frame) as unknown as Pick<FrameRow, "names" | "content">);
    const contents = rows.flatMap(({ count }, at) => blobsOfFrame(frames[at]!.content, count));
    const isKept = (at: number) => first.kind === KIND.blobs || named === undefined || named.has(first.first + at);
    const blobs = contents.map((content, at) => (isKept(at) ? content : EMPTY));
    const plain = packFrame(blobs);
    const { codec, content } = compressFrame(plain);
    for (const row of rows) this.#remove.run(row.frame);
    const names = Buffer.concat(frames.map((frame) => frame.names));
    this.#insert.run(trace, first.kind, first.first, blobs.length, codec, plain.byteLength, names, content);
  }

  /** The number of the next one of a trace. */
  #next(trace: number, kind: Kind): number {
    const last = this.#last.get(trace, kind) as { first: number; count: number } | undefined;
    return last === undefined ? 0 : last.first + last.count;
  }

  #load(trace: number): TraceBlobs {
    const numbers = new Map<string, number>();
    const [nextBlob, nextBody] = [this.#next(trace, KIND.blobs), this.#next(trace, KIND.bodies)];
    if (nextBlob === 0) return new TraceBlobs(numbers, 0, nextBody);
    for (const row of this.#names.iterate(trace) as Iterable<Pick<FrameRow, "first" | "count" | "names">>) {
      const names = Buffer.from(row.names.buffer, row.names.byteOffset, row.names.byteLength).toString("latin1");
      for (let index = 0; index < row.count; index++) {
        numbers.set(names.slice(index * NAME_BYTES, (index + 1) * NAME_BYTES), row.first + index);
      }
      if (numbers.size >= MAX_TRACE_NAMES) break;
    }
    return new TraceBlobs(numbers, nextBlob, nextBody);
  }

  #forgetOldest(): void {
    for (const [trace, blobs] of this.#written) {
      if (
        this.#keptNames <= MAX_KEPT_NAMES ||
        this.#written.size === 1 ||
        blobs.fresh.length > 0 ||
        blobs.freshBodies.length > 0
      )
        return;
      this.forgetTrace(trace);
    }
  }
}

interface ReadFrame extends UnpackedFrame {
  readonly first: number;
}

/** Reads blobs, with the frames of the last reads at hand. */
export class BlobReader {
  readonly #find: Statement;
  readonly #read: Statement;
  readonly #frames = new Map<number, ReadFrame>();
  #bytes = 0;

  constructor(database: Database) {
    this.#find = database.prepare(
      "SELECT frame, first, count FROM frames WHERE trace = ? AND kind = ? AND first <= ? ORDER BY first DESC LIMIT 1",
    );
    this.#read = database.prepare("SELECT * FROM frames WHERE frame = ?");
  }

  /** A look-up in one trace that puts each blob together once: make one for each answer. */
  blobsOf(trace: number): (number: number) => string {
    return this.#lookUp(trace, KIND.blobs);
  }

  bodiesOf(trace: number): (number: number) => string {
    return this.#lookUp(trace, KIND.bodies);
  }

  #lookUp(trace: number, kind: Kind): (number: number) => string {
    const texts = new Map<number, string>();
    let current: ReadFrame | undefined;
    return (number) => {
      let text = texts.get(number);
      if (text === undefined) {
        if (current === undefined || number < current.first || number >= current.first + current.starts.length - 1) {
          current = this.#frame(trace, kind, number);
        }
        const at = number - current.first;
        const end = current.starts[at + 1];
        if (end === undefined) throw new MissingBlobError(`part ${number} of a trace is missing`);
        text = current.bytes.toString("utf8", current.starts[at], end);
        // Each body is one span's: nobody asks for it again.
        if (kind === KIND.blobs) texts.set(number, text);
      }
      return text;
    };
  }

  forget(): void {
    this.#frames.clear();
    this.#bytes = 0;
  }

  /** Frames are never changed and their numbers never used again, so one that is at hand is still true. */
  #frame(trace: number, kind: Kind, number: number): ReadFrame {
    const found = this.#find.get(trace, kind, number) as Pick<FrameRow, "frame" | "first" | "count"> | undefined;
    if (found === undefined || number >= found.first + found.count) {
      throw new MissingBlobError(`part ${number} of a trace is missing`);
    }
    const kept = this.#frames.get(found.frame);
    if (kept !== undefined) {
      this.#frames.delete(found.frame);
      this.#frames.set(found.frame, kept);
      return kept;
    }
    const row = this.#read.get(found.frame) as unknown as FrameRow;
    const read = { first: row.first, ...readFrame(row) };
    this.#frames.set(found.frame, read);
    this.#bytes += read.bytes.byteLength;
    this.#forgetOldest(found.frame);
    return read;
  }

  /** The one that was not read for longest goes first. @param last that was read: it stays, whatever its size */
  #forgetOldest(last: number): void {
    for (const [frame, { bytes }] of this.#frames) {
      if (this.#bytes <= KEPT_FRAME_BYTES || frame === last) return;
      this.#frames.delete(frame);
      this.#bytes -= bytes.byteLength;
    }
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

function readFrame(row: FrameRow): UnpackedFrame {
  try {
    const plain = decompressFrame(row.codec, row.content);
    if (plain.byteLength !== row.bytes) throw new Error("a frame has another size than it had");
    return unpackFrame(plain, row.count);
  } catch (error) {
    throw new MissingBlobError("a frame is damaged", { cause: error });
  }
}
