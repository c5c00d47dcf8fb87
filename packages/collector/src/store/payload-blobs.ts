/**
 * Content-addressed payloads: a payload is kept as JSON text in which every large part is replaced by the number of a
 * blob of its trace, and a blob's content is again such text. Equal parts have equal numbers, so a conversation that is
 * sent again at each step with two messages more costs the two messages.
 *
 * A reference is U+0001 and the number in decimal digits. `JSON.stringify` escapes control characters, so U+0001 stands
 * nowhere else, and what follows a value in JSON is no digit: putting the parts back is plain text replacement, byte for
 * byte what `JSON.stringify` gave.
 *
 * A list of n large items would still cost n references at each step. So full runs of `RUN_LENGTH` items become a
 * blob (a piece of list, `a,b,c`) themselves, and runs of runs again: a grown list shares all but its last runs. What is
 * large, where lists are cut and how blobs are named is the same as on the wire, see protocol's `payload/runs.ts`.
 */
import { cutIntoRuns, isBlobSized, isNumberText, type Runs } from "@everspan/protocol";
import { blobName } from "../blob-name.ts";

const REFERENCE = "\u0001";
/** A split payload with references begins so; its size follows, then a space, then the text. */
const SIZED = "\u0002";

export interface SplitPayload {
  /** JSON text with references. */
  readonly text: string;
  /** Size of the whole payload as JSON, in UTF-8 bytes. */
  readonly bytes: number;
  /** JSON values in the whole payload. */
  readonly values: number;
  /** Whether a mark of the SDK's stands in one of its blobs; what stands in `text` itself is not looked at. */
  readonly isBlobCut: boolean;
}

/** What a column holds of a payload. */
export interface PayloadColumn extends Pick<SplitPayload, "bytes" | "values"> {
  readonly column: string;
  /** The SDK has cut a part of it. */
  readonly isCut: boolean;
}

/** What the SDK leaves in the place of what it cut, see `docs/formats/captured-values.md`. */
const CUT = /\[Truncated(?:: \d|\])/;

/** Hardly a text has the sign's first letters: then no expression is needed. */
function isCut(text: string): boolean {
  return text.includes("[Truncated") && CUT.test(text);
}

export interface BlobSink {
  /** The number of the blob with this content, new or known. @param name 128 bits of SHA-256 of the content */
  put(name: Buffer, content: string): number | bigint;
}

export class PayloadSplitter {
  readonly #sink: BlobSink;
  /** Payloads of one batch may share parts by identity: a part that was met is not walked again. */
  readonly #met = new WeakMap<object, SplitPayload>();

  constructor(sink: BlobSink) {
    this.#sink = sink;
  }

  /** The text for a column. @param value JSON as parsed; no deeper than `MAX_PAYLOAD_DEPTH`, since this recurses */
  toColumn(value: unknown): PayloadColumn {
    const small = smallColumn(value);
    if (small !== undefined) return small;
    const { text, bytes, values, isBlobCut } = this.split(value);
    const column = hasReferences(text) ? `${SIZED}${bytes} ${text}` : text;
    return { column, bytes, values, isCut: isBlobCut || isCut(text) };
  }

  split(value: unknown): SplitPayload {
    if (isNumberText(value)) return this.#place(plain(value.toString()));
    if (typeof value !== "object" || value === null) return this.#place(plain(JSON.stringify(value) ?? "null"));
    let split = this.#met.get(value);
    if (split === undefined) {
      split = this.#place(Array.isArray(value) ? this.#array(value) : this.#object(value));
      this.#met.set(value, split);
    }
    return split;
  }

  #array(items: readonly unknown[]): SplitPayload {
    const parts = items.map((item) => this.split(item));
    return wrap("[", joinParts(cutIntoRuns(parts, this.#runs)), "]");
  }

  readonly #runs: Runs<SplitPayload> = {
    lengthOf: (part) => part.text.length,
    toRun: (parts) => this.#place(joinParts(parts)),
  };

  #object(value: object): SplitPayload {
    const parts: SplitPayload[] = [];
    for (const [key, property] of Object.entries(value)) {
      if (property === undefined) continue;
      const part = this.split(property);
      const name = `${JSON.stringify(key)}:`;
      parts.push({ ...part, text: name + part.text, bytes: Buffer.byteLength(name) + part.bytes });
    }
    return wrap("{", joinParts(parts), "}");
  }

  #place(part: SplitPayload): SplitPayload {
    if (!isBlobSized(part.text.length)) return part;
    const isBlobCut = part.isBlobCut || isCut(part.text);
    return { ...part, text: REFERENCE + this.#sink.put(blobName(part.text), part.text), isBlobCut };
  }
}

/**
 * Of a payload that is no blob: so none of its parts is one, and no list is cut into runs. Undefined when it is larger, or
 * holds a number that is kept as a text. Looks at a few values only, whatever the payload's size.
 */
function smallColumn(value: unknown): PayloadColumn | undefined {
  const size = { values: 0, characters: 0 };
  if (!addSize(value, size, 0)) return undefined;
  const column = JSON.stringify(value);
  if (isBlobSized(column.length)) return undefined;
  return { column, bytes: Buffer.byteLength(column), values: size.values, isCut: isCut(column) };
}

const SMALL_CHARACTERS = 256;
const SMALL_DEPTH = 8;

/** Adds about what the value takes as JSON. @returns false when that is not small */
function addSize(value: unknown, size: { values: number; characters: number }, depth: number): boolean {
  size.values += 1;
  size.characters += 2;
  if (typeof value === "string") {
    size.characters += value.length;
  } else if (typeof value === "object" && value !== null) {
    if (depth >= SMALL_DEPTH || isNumberText(value)) return false;
    for (const key in value) {
      const property = (value as Record<string, unknown>)[key];
      size.characters += key.length + 3;
      if (property === undefined || size.characters > SMALL_CHARACTERS) return false;
      if (!addSize(property, size, depth + 1)) return false;
    }
  } else if (value === undefined) {
    return false;
  } else {
    size.characters += 2;
  }
  return size.characters <= SMALL_CHARACTERS;
}

/** Size of a stored payload as JSON, in UTF-8 bytes, without putting it together. */
export function columnBytes(column: string): number {
  return column.startsWith(SIZED) ? Number(column.slice(1, column.indexOf(" "))) : Buffer.byteLength(column);
}

/** The JSON text of a stored payload. @throws what `blobOf` throws */
export function joinColumn(column: string, blobOf: (number: number) => string): string {
  return column.startsWith(SIZED) ? joinPayload(column.slice(column.indexOf(" ") + 1), blobOf) : column;
}

/** The text of a stored payload with references in it, for who looks at its own words only. */
export function columnText(column: string): string {
  return column.startsWith(SIZED) ? column.slice(column.indexOf(" ") + 1) : column;
}

/** The payload's JSON with every blob back in its place. */
export function joinPayload(text: string, blobOf: (number: number) => string): string {
  let at = text.indexOf(REFERENCE);
  if (at === -1) return text;
  const parts: string[] = [];
  let from = 0;
  while (at !== -1) {
    let end = at + 1;
    let number = 0;
    for (let digit = text.charCodeAt(end) - 48; digit >= 0 && digit <= 9; digit = text.charCodeAt(++end) - 48) {
      number = number * 10 + digit;
    }
    parts.push(text.slice(from, at), joinPayload(blobOf(number), blobOf));
    from = end;
    at = text.indexOf(REFERENCE, from);
  }
  parts.push(text.slice(from));
  return parts.join("");
}

export function hasReferences(text: string): boolean {
  return text.includes(REFERENCE);
}

/** The words of a text with references: what stands in the blobs is left out. */
export function withoutReferences(text: string): string {
  return hasReferences(text) ? text.replaceAll(REFERENCES, " ") : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sign of a reference
const REFERENCES = /\u0001\d+/g;

function plain(text: string): SplitPayload {
  return { text, bytes: Buffer.byteLength(text), values: 1, isBlobCut: false };
}

function joinParts(parts: readonly SplitPayload[]): SplitPayload {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, Math.max(0, parts.length - 1));
  const values = parts.reduce((sum, part) => sum + part.values, 0);
  return {
    text: parts.map((part) => part.text).join(","),
    bytes,
    values,
    isBlobCut: parts.some((part) => part.isBlobCut),
  };
}

function wrap(open: string, part: SplitPayload, close: string): SplitPayload {
  return { ...part, text: open + part.text + close, bytes: part.bytes + 2, values: part.values + 1 };
}
