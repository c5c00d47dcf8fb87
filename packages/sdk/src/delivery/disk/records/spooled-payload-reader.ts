import { ArrayNode, isArrayNode, type JsonNode, objectNode } from "../../../capture/index.ts";
import type { StoredBlob } from "../../../spool/index.ts";
import { MARK } from "./spooled-payload.ts";

/** What stands where a blob was lost to corruption. */
export const LOST_PART = "[Lost: damaged on disk]";

type Blobs = readonly (StoredBlob | undefined)[];

/** Turns texts of `PayloadEncoder` back into captured trees. What records share is made once, while its blob is held. */
export class PayloadReader {
  readonly #made = new WeakMap<StoredBlob, JsonNode>();

  /** The tree of a value that was parsed from a text. `blobs` are those that the text names. */
  node(value: unknown, blobs: Blobs): JsonNode {
    if (typeof value === "string") return this.#string(value, blobs);
    if (Array.isArray(value)) return this.#array(value, blobs);
    if (typeof value === "object" && value !== null) {
      const keys = Object.keys(value);
      const values = Object.values(value).map((property) => this.node(property, blobs));
      return objectNode(keys, values);
    }
    return value as JsonNode;
  }

  #string(text: string, blobs: Blobs): JsonNode {
    const named = namedBlob(text, blobs);
    if (named !== undefined) return this.#blob(named.blob);
    return text.startsWith(MARK) ? text.slice(1) : text;
  }

  #array(items: readonly unknown[], blobs: Blobs): ArrayNode {
    const continued = continuedBlob(items, blobs);
    if (continued === undefined) return arrayNode(undefined, this.#items(items, blobs));
    const prefix = this.#blob(continued.blob);
    const rest = this.#items(items.slice(1), blobs);
    return isArrayNode(prefix) ? arrayNode(prefix, rest) : arrayNode(undefined, [prefix, ...rest]);
  }

  #items(items: readonly unknown[], blobs: Blobs): JsonNode[] {
    return items.map((item) => this.node(item, blobs));
  }

  /** A conversation may continue thousands of others: the first of them is made first, not by recursion. */
  #blob(blob: StoredBlob | undefined): JsonNode {
    if (blob === undefined) return LOST_PART;
    const chain: { readonly blob: StoredBlob; readonly value: unknown }[] = [];
    for (let next: StoredBlob | undefined = blob; next !== undefined && !this.#made.has(next); ) {
      const value = parsed(next);
      chain.push({ blob: next, value });
      next = Array.isArray(value) ? continuedBlob(value, next.blobs)?.blob : undefined;
    }
    for (const { blob: next, value } of chain.reverse()) this.#made.set(next, this.node(value, next.blobs));
    return this.#made.get(blob)!;
  }
}

/** The blob that a string stands for; undefined for a string that stands for itself. */
export function namedBlob(text: string, blobs: Blobs): { readonly blob: StoredBlob | undefined } | undefined {
  return text.startsWith(MARK) && text[1] !== MARK ? { blob: blobs[Number(text.slice(1))] } : undefined;
}

function continuedBlob(items: readonly unknown[], blobs: Blobs): { readonly blob: StoredBlob | undefined } | undefined {
  const first = items[0];
  return typeof first === "string" && first.startsWith(`${MARK}+`)
    ? { blob: blobs[Number(first.slice(2))] }
    : undefined;
}

function arrayNode(prefix: ArrayNode | undefined, items: readonly JsonNode[]): ArrayNode {
  return new ArrayNode(prefix, items);
}

/** The value of a blob's text. */
export function parsed({ bytes }: StoredBlob): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    return LOST_PART;
  }
}
