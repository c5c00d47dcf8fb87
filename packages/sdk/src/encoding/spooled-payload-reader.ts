import { ArrayNode, arrayBytes, type JsonNode, ObjectNode, objectBytes } from "../capture/index.ts";
import { MARK } from "./spooled-payload.ts";

/** What stands where a blob was lost to corruption. */
export const LOST_PART = "[Lost: damaged on disk]";

type Blobs = ReadonlyMap<string, Uint8Array>;

/** Turns texts of `PayloadEncoder` back into captured trees. What records share is made once, while it is remembered. */
export class PayloadReader {
  readonly #made = new Map<string, JsonNode>();
  #madeBytes = 0;
  readonly #maxBytes: number;

  /** @param maxBytes how much of what was made is remembered, by the length of its text */
  constructor(maxBytes = 16 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
  }

  /** The tree of a value that was parsed from a text. */
  node(value: unknown, blobs: Blobs): JsonNode {
    if (typeof value === "string") return this.#string(value, blobs);
    if (Array.isArray(value)) return this.#array(value, blobs);
    if (typeof value === "object" && value !== null) {
      const keys = Object.keys(value);
      const values = Object.values(value).map((property) => this.node(property, blobs));
      return new ObjectNode(keys, values, objectBytes(keys, values));
    }
    return value as JsonNode;
  }

  #string(text: string, blobs: Blobs): JsonNode {
    if (!text.startsWith(MARK)) return text;
    return text[1] === "b" ? this.#blob(text.slice(2), blobs) : text.slice(1);
  }

  #array(items: readonly unknown[], blobs: Blobs): ArrayNode {
    const hash = continuedHash(items);
    if (hash === undefined) return arrayNode(undefined, this.#items(items, blobs));
    const prefix = this.#blob(hash, blobs);
    const rest = this.#items(items.slice(1), blobs);
    return prefix instanceof ArrayNode ? arrayNode(prefix, rest) : arrayNode(undefined, [prefix, ...rest]);
  }

  #items(items: readonly unknown[], blobs: Blobs): JsonNode[] {
    return items.map((item) => this.node(item, blobs));
  }

  /** A conversation may continue thousands of others: the first of them is made first, not by recursion. */
  #blob(hash: string, blobs: Blobs): JsonNode {
    const chain: { readonly hash: string; readonly value: unknown; readonly bytes: number }[] = [];
    for (let next: string | undefined = hash; next !== undefined && !this.#made.has(next); ) {
      const bytes = blobs.get(next);
      const value = bytes === undefined ? LOST_PART : parse(bytes);
      chain.push({ hash: next, value, bytes: bytes?.byteLength ?? 0 });
      next = Array.isArray(value) ? continuedHash(value) : undefined;
    }
    // What is forgotten before the end of the chain would be made again by recursion.
    if (this.#madeBytes > this.#maxBytes) this.#forget();
    let made = this.#made.get(hash);
    for (const { hash: name, value, bytes } of chain.reverse()) {
      made = this.node(value, blobs);
      this.#made.set(name, made);
      this.#madeBytes += bytes;
    }
    return made!;
  }

  #forget(): void {
    this.#made.clear();
    this.#madeBytes = 0;
  }
}

function continuedHash(items: readonly unknown[]): string | undefined {
  const first = items[0];
  return typeof first === "string" && first.startsWith(`${MARK}+`) ? first.slice(2) : undefined;
}

function arrayNode(prefix: ArrayNode | undefined, items: readonly JsonNode[]): ArrayNode {
  return new ArrayNode(prefix, items, arrayBytes(prefix, items));
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    return LOST_PART;
  }
}
