import { putContent, type SpoolContent } from "./content.ts";
import { readVarint, VARINT_BYTES_LIMIT, writeVarint } from "./varint.ts";

/**
 * What lies in a frame: blobs and the records that name them. The bytes are described in `docs/formats/spool.md`.
 *
 * A blob has a number within its segment and lies before whatever names it. So a name is how many blobs back the named
 * one lies, which is one byte for what was written lately.
 */
const ITEM_BLOB = 1;
const ITEM_RECORD = 2;
const ITEM_CARRIED_RECORD = 3;

export interface BlobItem {
  readonly kind: "blob";
  /** Its number within the segment. */
  readonly number: number;
  /** Numbers of the blobs that its bytes refer to. */
  readonly names: readonly number[];
  readonly bytes: Buffer;
}

export interface RecordItem {
  readonly kind: "record";
  /** Its own number, when it was carried over from an older segment; else it follows from the frame's header. */
  readonly carriedSeq: number | undefined;
  readonly lanes: number;
  readonly names: readonly number[];
  readonly head: Buffer;
}

/** What a blob or a record takes at most. */
export function itemBytesLimit(names: number, byteLength: number): number {
  return 1 + (names + 4) * VARINT_BYTES_LIMIT + byteLength;
}

/** What a blob or a record takes, about. */
export function itemBytes(names: number, byteLength: number): number {
  return 5 + 2 * names + byteLength;
}

/** `number` is the blob's own. Answers where the next item goes. */
export function writeBlobItem(
  target: Buffer,
  at: number,
  number: number,
  names: readonly number[],
  bytes: SpoolContent,
): number {
  target.writeUInt8(ITEM_BLOB, at);
  return writeContent(target, writeNames(target, at + 1, number, names), bytes);
}

/** `nextBlob` is the number that the next blob of the segment will have. Answers where the next item goes. */
export function writeRecordItem(
  target: Buffer,
  at: number,
  nextBlob: number,
  { carriedSeq, lanes, names, head }: Omit<RecordItem, "kind" | "head"> & { readonly head: SpoolContent },
): number {
  target.writeUInt8(carriedSeq === undefined ? ITEM_RECORD : ITEM_CARRIED_RECORD, at);
  let next = at + 1;
  if (carriedSeq !== undefined) next = writeVarint(target, next, carriedSeq);
  next = writeVarint(target, next, lanes >>> 0);
  return writeContent(target, writeNames(target, next, nextBlob, names), head);
}

function writeNames(target: Buffer, at: number, nextBlob: number, names: readonly number[]): number {
  let next = writeVarint(target, at, names.length);
  for (const name of names) next = writeVarint(target, next, nextBlob - name);
  return next;
}

function writeContent(target: Buffer, at: number, content: SpoolContent): number {
  return putContent(target, writeVarint(target, at, content.byteLength), content);
}

/** The items of a payload whose checksum held. Stops at what it does not know: a later version may add kinds. */
export function* readItems(payload: Buffer, firstBlob: number): Generator<BlobItem | RecordItem> {
  const cursor = new ItemCursor(payload);
  let nextBlob = firstBlob;
  while (!cursor.isAtEnd) {
    const kind = cursor.number();
    if (kind === ITEM_BLOB) {
      const number = nextBlob;
      yield { kind: "blob", number, names: cursor.names(number), bytes: cursor.content() };
      nextBlob += 1;
    } else if (kind === ITEM_RECORD || kind === ITEM_CARRIED_RECORD) {
      const carriedSeq = kind === ITEM_RECORD ? undefined : cursor.number();
      const lanes = cursor.number();
      yield { kind: "record", carriedSeq, lanes, names: cursor.names(nextBlob), head: cursor.content() };
    } else {
      return;
    }
  }
}

class ItemCursor {
  readonly #payload: Buffer;
  #at = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#payload.length;
  }

  number(): number {
    const { value, at } = readVarint(this.#payload, this.#at);
    this.#at = at;
    return value;
  }

  names(nextBlob: number): number[] {
    const names = new Array<number>(this.number());
    for (let index = 0; index < names.length; index += 1) names[index] = nextBlob - this.number();
    return names;
  }

  content(): Buffer {
    const length = this.number();
    const content = this.#payload.subarray(this.#at, this.#at + length);
    this.#at += length;
    return content;
  }
}
