/**
 * Captured payloads as JSON text with references, for the spool: each large part is a blob of its own, named by the
 * hash of its text, so that a segment holds it once however many records share it.
 *
 * A text is plain JSON but for strings that begin with U+0001: U+0001 `b` and a hash stand for the value of that blob;
 * U+0001 `+` and a hash, as the first item of an array, for the items of the array in that blob, which this one
 * continues; U+0001 U+0001 … is a string that itself begins with U+0001.
 */
import { createHash } from "node:crypto";
import { type ArrayNode, type ContainerNode, isContainer, type JsonNode } from "../capture/index.ts";
import type { SpoolBlob } from "../spool/index.ts";
import { RecentStrings } from "./recent-strings.ts";

/** A part whose text is shorter stands where it is used. */
export const MIN_BLOB_CHARACTERS = 256;
export const MARK = "\u0001";

/** What is remembered of a part that was encoded. */
interface Part {
  /** The whole text, for a part that is no blob. */
  readonly inline: string | undefined;
  readonly hash: string;
  readonly byteLength: number;
  /** The blobs that its text names. */
  readonly children: readonly Part[];
  readonly again: () => string;
}

export class PayloadEncoder {
  readonly #parts = new WeakMap<ContainerNode, Part>();
  readonly #strings = new RecentStrings<Part>();
  /** Bytes of parts that were encoded for the entry being made: they need not be encoded again. */
  #fresh = new Map<Part, Buffer>();
  #named: Part[] = [];

  /** The text of a payload. Blobs it names, and those they name, are gathered for `takeBlobs`. */
  text(node: JsonNode): string {
    const children: Part[] = [];
    const text = this.#text(node, children);
    this.#named.push(...children);
    return text;
  }

  /** Every blob that the texts since the last call need, each once. */
  takeBlobs(): SpoolBlob[] {
    const found = new Set(this.#named);
    for (const part of found) for (const child of part.children) found.add(child);
    const fresh = this.#fresh;
    this.#named = [];
    this.#fresh = new Map();
    return [...found].map((part) => ({
      hash: part.hash,
      byteLength: part.byteLength,
      bytes: fresh.get(part) ?? (() => Buffer.from(part.again())),
    }));
  }

  #text(node: JsonNode, children: Part[]): string {
    if (typeof node === "string") return this.#stringText(node, children);
    if (!isContainer(node)) return JSON.stringify(node);
    const part = this.#partOf(node);
    if (part.inline === undefined) {
      children.push(part);
      return reference("b", part);
    }
    children.push(...part.children);
    return part.inline;
  }

  #stringText(text: string, children: Part[]): string {
    if (text.length < MIN_BLOB_CHARACTERS) return stringText(text);
    let part = this.#strings.get(text);
    if (part === undefined) {
      part = this.#blob(stringText(text), [], () => stringText(text));
      this.#strings.set(text, part);
    }
    children.push(part);
    return reference("b", part);
  }

  /** A conversation may continue thousands of others: its prefixes come first, not by recursion. */
  #partOf(node: ContainerNode): Part {
    const chain: ContainerNode[] = [];
    for (let next: ContainerNode | undefined = node; next !== undefined && !this.#parts.has(next); ) {
      chain.push(next);
      next = isArrayNode(next) ? next.prefix : undefined;
    }
    for (const next of chain.reverse()) this.#parts.set(next, this.#makePart(next));
    return this.#parts.get(node)!;
  }

  #makePart(node: ContainerNode): Part {
    const children: Part[] = [];
    const text = this.#containerText(node, children);
    if (text.length >= MIN_BLOB_CHARACTERS) {
      return this.#blob(text, children, () => this.#containerText(node, []));
    }
    return { inline: text, hash: "", byteLength: 0, children, again: () => text };
  }

  #containerText(node: ContainerNode, children: Part[]): string {
    if (isArrayNode(node)) return this.#arrayText(node, children);
    const properties = node.keys.map((key, i) => `${JSON.stringify(key)}:${this.#text(node.values[i]!, children)}`);
    return `{${properties.join(",")}}`;
  }

  #arrayText(node: ArrayNode, children: Part[]): string {
    const items = node.items.map((item) => this.#text(item, children));
    if (node.prefix !== undefined) {
      const prefix = this.#partOf(node.prefix);
      if (prefix.inline === undefined) {
        children.push(prefix);
        items.unshift(reference("+", prefix));
      } else {
        children.push(...prefix.children);
        if (prefix.inline !== "[]") items.unshift(prefix.inline.slice(1, -1));
      }
    }
    return `[${items.join(",")}]`;
  }

  #blob(text: string, children: readonly Part[], again: () => string): Part {
    const bytes = Buffer.from(text);
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
    const part: Part = { inline: undefined, hash, byteLength: bytes.length, children, again };
    this.#fresh.set(part, bytes);
    return part;
  }
}

/** Not by its class: at an exit this code may be another copy than the one that captured, see `load-at-exit.ts`. */
function isArrayNode(node: ContainerNode): node is ArrayNode {
  return "prefix" in node;
}

function stringText(text: string): string {
  return JSON.stringify(text.startsWith(MARK) ? MARK + text : text);
}

function reference(kind: "b" | "+", { hash }: Part): string {
  return `"\\u0001${kind}${hash}"`;
}
