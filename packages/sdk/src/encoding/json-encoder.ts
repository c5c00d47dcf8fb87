/**
 * JSON of plain trees, byte for byte what `JSON.stringify` gives, without encoding the same thing twice: large strings
 * and shared parts come from a cache. Small values go to `JSON.stringify` whole, which nothing in JavaScript beats.
 */
import { pieceEnd } from "@everspan/protocol";
import { type ArrayNode, bytesOf, isArrayNode, nodeOf } from "../capture/index.ts";
import type { BodyWriter } from "./body-writer.ts";
import { FragmentCache } from "./fragment-cache.ts";

/** A value of at most this estimated size is encoded in one native call. */
const SMALL_BYTES = 1024;
/**
 * A shared part between these sizes is kept whole; a larger one by its parts. Parts are shared within a trace, strings
 * across traces: kept whole, a message with a large prompt would be encoded again in each trace.
 */
const MIN_FRAGMENT_BYTES = 512;
const MAX_FRAGMENT_BYTES = 8 * 1024;
const MAX_CACHED_CHARS = 256 * 1024;
/** A longer string is encoded piece by piece, so that others get their turn in between. */
const STRING_PIECE_CHARS = 64 * 1024;
/** No captured tree is as deep. A cycle that a processor made ends here, with `JSON.stringify`'s own error. */
const MAX_DEPTH = 500;
/** Encoded bytes after which others should get their turn: about half a millisecond. */
export const SLICE_BYTES = 256 * 1024;

/** What looking at a small value and a native call cost, as encoded bytes. */
export const CALL_WORK = 256;

/** Each step ends where the event loop may run: when the writer's `work` has reached `SLICE_BYTES`. */
export type Steps = Generator<void, void>;

export class JsonEncoder {
  readonly #cache: FragmentCache;

  constructor(options: { readonly cacheBytes?: number } = {}) {
    this.#cache = new FragmentCache(options.cacheBytes);
  }

  /** Memory held by the cache, in bytes. */
  get cacheBytes(): number {
    return this.#cache.bytes;
  }

  /** Whether `JSON.stringify` does best with the value. */
  isSmall(value: unknown): boolean {
    return isSmall(value) && !isPolluted();
  }

  /**
   * Writes the value when that is quickly done, else gives the steps to do it in.
   * @throws TypeError for what JSON has no form for (BigInt, a cycle); captured trees hold nothing of the kind
   */
  write(value: unknown, out: BodyWriter): Steps | undefined {
    if (!this.isSmall(value)) return this.#steps(value, out, 0);
    out.text(JSON.stringify(value) ?? "null");
    return undefined;
  }

  *#steps(value: unknown, out: BodyWriter, depth: number): Steps {
    if (typeof value === "string") {
      if (value.length < SMALL_BYTES) out.text(JSON.stringify(value));
      else yield* this.string(value, out) ?? [];
    } else if (typeof value !== "object" || value === null) {
      out.text(JSON.stringify(value) ?? "null");
    } else if (depth >= MAX_DEPTH || (hasToJson(value) && !isPolluted())) {
      out.text(JSON.stringify(value) ?? "null");
    } else if (Array.isArray(value)) {
      yield* this.#array(value, out, depth);
    } else {
      yield* this.#object(value, out, depth);
    }
    if (out.work >= SLICE_BYTES) yield;
  }

  /** A string of any length: from the cache, or kept there when it comes the second time. */
  string(text: string, out: BodyWriter): Steps | undefined {
    const isCacheable = text.length <= MAX_CACHED_CHARS;
    const cached = isCacheable ? this.#cache.ofText(text) : undefined;
    if (cached !== undefined) {
      out.bytes(cached);
    } else if (isCacheable && this.#cache.isTextKnown(text)) {
      const bytes = this.#fragment(JSON.stringify(text), out);
      this.#cache.keepText(text, bytes);
    } else if (text.length <= STRING_PIECE_CHARS) {
      out.text(JSON.stringify(text));
    } else {
      return longString(text, out);
    }
    return undefined;
  }

  *#object(value: object, out: BodyWriter, depth: number): Steps {
    const node = nodeOf(value);
    if (node !== undefined && this.shared(node, bytesOf(node), out, () => JSON.stringify(value))) return;
    let separator = "{";
    for (const [key, property] of Object.entries(value)) {
      if (!hasJson(property)) continue;
      const name = `${separator}${JSON.stringify(key)}:`;
      separator = ",";
      if (isSmall(property) && !isPolluted()) {
        out.text(name + JSON.stringify(property));
        out.work += CALL_WORK;
        if (out.work >= SLICE_BYTES) yield;
      } else {
        out.text(name);
        yield* this.#steps(property, out, depth + 1);
      }
    }
    out.text(separator === "{" ? "{}" : "}");
  }

  /** A conversation continues the one of the step before: each step's own messages are one part. */
  *#array(value: readonly unknown[], out: BodyWriter, depth: number): Steps {
    const node = nodeOf(value);
    out.text("[");
    if (node !== undefined && isArrayNode(node) && node.length === value.length) {
      for (const part of partsOf(node)) {
        const end = part.length;
        const start = end - part.items.length;
        const bytes = part.bytes - (part.prefix?.bytes ?? 0);
        if (start > 0 && end > start) out.text(",");
        const stringify = () => JSON.stringify(value.slice(start, end)).slice(1, -1);
        if (!this.shared(part, bytes, out, stringify)) yield* this.#items(value, start, end, out, depth);
      }
    } else {
      yield* this.#items(value, 0, value.length, out, depth);
    }
    out.text("]");
  }

  *#items(value: readonly unknown[], start: number, end: number, out: BodyWriter, depth: number): Steps {
    for (let i = start; i < end; i++) {
      const item = value[i];
      if (i > start) out.text(",");
      if (isSmall(item) && !isPolluted()) {
        out.text(JSON.stringify(item) ?? "null");
        out.work += CALL_WORK;
        if (out.work >= SLICE_BYTES) yield;
      } else {
        yield* this.#steps(item, out, depth + 1);
      }
    }
  }

  /** Writes a shared part from the cache, or keeps it there when it comes the second time. False: write it yourself. */
  shared(node: object, bytes: number, out: BodyWriter, stringify: () => string): boolean {
    if (bytes < MIN_FRAGMENT_BYTES || bytes > MAX_FRAGMENT_BYTES || isPolluted()) return false;
    const cached = this.#cache.ofNode(node);
    if (cached !== undefined) {
      out.bytes(cached);
      return true;
    }
    if (!this.#cache.isNodeKnown(node)) return false;
    this.#cache.keepNode(node, this.#fragment(stringify(), out));
    return true;
  }

  #fragment(json: string, out: BodyWriter): Buffer {
    const bytes = Buffer.from(json);
    out.work += bytes.length;
    out.bytes(bytes);
    return bytes;
  }
}

function* longString(text: string, out: BodyWriter): Steps {
  out.text('"');
  for (let start = 0; start < text.length; ) {
    const end = pieceEnd(text, start + STRING_PIECE_CHARS);
    out.text(JSON.stringify(text.slice(start, end)).slice(1, -1));
    start = end;
    if (out.work >= SLICE_BYTES) yield;
  }
  out.text('"');
}

export function partsOf(node: ArrayNode): ArrayNode[] {
  const parts: ArrayNode[] = [];
  for (let part: ArrayNode | undefined = node; part !== undefined; part = part.prefix) parts.push(part);
  return parts.reverse();
}

function isSmall(value: unknown): boolean {
  return roomLeft(value, SMALL_BYTES) >= 0;
}

/** What is left of the room when the value is in it; negative, and no further looking, when it does not fit. */
function roomLeft(value: unknown, room: number): number {
  if (typeof value === "string") return room - value.length - 2;
  if (typeof value !== "object" || value === null) return room - 6;
  let left = room - 2;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && left >= 0; i++) left = roomLeft(value[i], left - 1);
    return left;
  }
  for (const key in value) {
    left = roomLeft((value as Record<string, unknown>)[key], left - key.length - 4);
    if (left < 0) return left;
  }
  return left;
}

function hasJson(value: unknown): boolean {
  return value !== undefined && typeof value !== "function" && typeof value !== "symbol";
}

function hasToJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** An application that gives every object a `toJSON` means its own output, not the trees of its tracer. */
function isPolluted(): boolean {
  return "toJSON" in Object.prototype || "toJSON" in Array.prototype;
}
