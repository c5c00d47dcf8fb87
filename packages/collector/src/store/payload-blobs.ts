/**
 * Content-addressed payloads: a payload is kept as JSON text in which every large part is replaced by the name of a
 * blob, and a blob's content is again such text. Equal parts have equal names, so a conversation that is sent again at
 * each step with two messages more costs the two messages.
 *
 * A reference is U+0001 and the name. `JSON.stringify` escapes control characters, so U+0001 stands nowhere else and
 * putting the parts back is plain text replacement: byte for byte what `JSON.stringify` gave.
 *
 * A list of n large items would still cost n references at each step. So full runs of `RUN_LENGTH` items become a
 * blob (a piece of list, `a,b,c`) themselves, and runs of runs again: a grown list shares all but its last runs.
 */
import { hash } from "node:crypto";

const REFERENCE = "\u0001";
/** 128 bits in base64url. */
const NAME_LENGTH = 22;
const RUN_LENGTH = 16;
const SPLIT_BYTES = 256;

export interface SplitPayload {
  /** JSON text with references. */
  readonly text: string;
  /** Size of the whole payload as JSON, in UTF-8 bytes. */
  readonly bytes: number;
}

export interface BlobSink {
  put(name: string, content: string): void;
}

export class PayloadSplitter {
  readonly #sink: BlobSink;
  /** Payloads of one batch may share parts by identity: a part that was met is not walked again. */
  readonly #met = new WeakMap<object, SplitPayload>();

  constructor(sink: BlobSink) {
    this.#sink = sink;
  }

  /** @param value JSON as parsed; no deeper than `MAX_PAYLOAD_DEPTH`, since this recurses */
  split(value: unknown): SplitPayload {
    if (typeof value !== "object" || value === null) return this.#place(plain(JSON.stringify(value) ?? "null"));
    let split = this.#met.get(value);
    if (split === undefined) {
      split = this.#place(Array.isArray(value) ? this.#array(value) : this.#object(value));
      this.#met.set(value, split);
    }
    return split;
  }

  #array(items: readonly unknown[]): SplitPayload {
    let parts = items.map((item) => this.split(item));
    while (parts.length > RUN_LENGTH && sizeOf(parts) > SPLIT_BYTES) parts = this.#inRuns(parts);
    return wrap("[", joinParts(parts), "]");
  }

  /** Full runs become one part each; the rest stays, so that the next item changes nothing before it. */
  #inRuns(parts: readonly SplitPayload[]): SplitPayload[] {
    const full = parts.length - (parts.length % RUN_LENGTH);
    const runs: SplitPayload[] = [];
    for (let i = 0; i < full; i += RUN_LENGTH) runs.push(this.#place(joinParts(parts.slice(i, i + RUN_LENGTH))));
    return [...runs, ...parts.slice(full)];
  }

  #object(value: object): SplitPayload {
    const parts: SplitPayload[] = [];
    for (const [key, property] of Object.entries(value)) {
      if (property === undefined) continue;
      const part = this.split(property);
      const name = `${JSON.stringify(key)}:`;
      parts.push({ text: name + part.text, bytes: Buffer.byteLength(name) + part.bytes });
    }
    return wrap("{", joinParts(parts), "}");
  }

  #place(part: SplitPayload): SplitPayload {
    if (part.text.length <= SPLIT_BYTES) return part;
    const name = hash("sha256", part.text, "buffer").toString("base64url", 0, 16);
    this.#sink.put(name, part.text);
    return { text: REFERENCE + name, bytes: part.bytes };
  }
}

/** The payload's JSON with every blob back in its place. */
export function joinPayload(text: string, blobOf: (name: string) => string): string {
  let at = text.indexOf(REFERENCE);
  if (at === -1) return text;
  let joined = "";
  let from = 0;
  while (at !== -1) {
    const end = at + REFERENCE.length + NAME_LENGTH;
    joined += text.slice(from, at) + joinPayload(blobOf(text.slice(at + REFERENCE.length, end)), blobOf);
    from = end;
    at = text.indexOf(REFERENCE, from);
  }
  return joined + text.slice(from);
}

function plain(text: string): SplitPayload {
  return { text, bytes: Buffer.byteLength(text) };
}

function joinParts(parts: readonly SplitPayload[]): SplitPayload {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, Math.max(0, parts.length - 1));
  return { text: parts.map((part) => part.text).join(","), bytes };
}

function wrap(open: string, part: SplitPayload, close: string): SplitPayload {
  return { text: open + part.text + close, bytes: part.bytes + 2 };
}

function sizeOf(parts: readonly SplitPayload[]): number {
  return parts.reduce((sum, part) => sum + part.text.length, 0);
}
