/**
 * How many distinct bytes a queue holds. A record's payload shares messages, prefixes and strings with others; each
 * counts once, from its first holder to its last.
 */
import { LARGE_STRING_CHARACTERS, LargeStrings } from "./large-strings.ts";
import {
  accountOf,
  bytesOf,
  type ContainerNode,
  isContainer,
  isObjectNode,
  type JsonNode,
  keysOf,
  replaceValue,
  valueAt,
} from "./nodes.ts";

/** Containers up to this size are counted whole for each holder: their parts are not worth an account each. */
const LEAF_BYTES = 1024;

/**
 * Every `acquire` must be followed by one `release` of the same node. Shared parts are entered only by their first
 * holder, so holding a conversation of a thousand steps once more is O(1).
 */
export class Retention {
  readonly #strings = new LargeStrings();
  /** Holders of nodes whose own count belongs to another account (a payload that two tracers hold). */
  readonly #foreign = new Map<ContainerNode, number>();
  /** Containers still to enter. */
  readonly #pending: ContainerNode[] = [];
  #held = 0;

  /** Distinct bytes held, estimated as `bytesOf` does. */
  get bytes(): number {
    return this.#held;
  }

  /**
   * @returns the node to hold in its place: of equal large strings one copy is held, in the tree too, so that what is
   * counted once is in memory once
   */
  acquire(node: JsonNode): JsonNode {
    this.#held += this.#acquireChild(node);
    if (isLargeString(node)) return this.#strings.copy;
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) this.#acquireChildren(next);
    return node;
  }

  release(node: JsonNode): void {
    this.#held -= this.#releaseChild(node);
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) this.#releaseChildren(next);
  }

  #acquireChildren(node: ContainerNode): void {
    let own = bytesOf(node);
    if (!isObjectNode(node) && node.prefix !== undefined) own += this.#acquireChild(node.prefix) - node.prefix.bytes;
    const count = childCount(node);
    for (let i = 0; i < count; i++) {
      const child = childAt(node, i);
      if (!isCountedApart(child)) continue;
      own += this.#acquireChild(child) - bytesOf(child);
      if (typeof child === "string") replaceValue(node, i, this.#strings.copy);
    }
    this.#held += own;
  }

  #releaseChildren(node: ContainerNode): void {
    let own = bytesOf(node);
    if (!isObjectNode(node) && node.prefix !== undefined) own += this.#releaseChild(node.prefix) - node.prefix.bytes;
    const count = childCount(node);
    for (let i = 0; i < count; i++) {
      const child = childAt(node, i);
      if (isCountedApart(child)) own += this.#releaseChild(child) - bytesOf(child);
    }
    this.#held -= own;
  }

  /** @returns the bytes counted here; a large container is entered later and counts itself then */
  #acquireChild(node: JsonNode): number {
    if (!isContainer(node)) return isLargeString(node) ? this.#strings.acquire(node) : bytesOf(node);
    const bytes = bytesOf(node);
    if (bytes <= LEAF_BYTES) return bytes;
    if (this.#addHolder(node) === 1) this.#pending.push(node);
    return 0;
  }

  #releaseChild(node: JsonNode): number {
    if (!isContainer(node)) return isLargeString(node) ? this.#strings.release(node) : bytesOf(node);
    const bytes = bytesOf(node);
    if (bytes <= LEAF_BYTES) return bytes;
    if (this.#removeHolder(node) === 0) this.#pending.push(node);
    return 0;
  }

  #addHolder(node: ContainerNode): number {
    const account = accountOf(node);
    if (account.holders === 0 && !this.#foreign.has(node)) account.owner = this;
    if (account.owner === this) return ++account.holders;
    const holders = (this.#foreign.get(node) ?? 0) + 1;
    this.#foreign.set(node, holders);
    return holders;
  }

  #removeHolder(node: ContainerNode): number {
    const account = accountOf(node);
    if (account.owner === this) {
      if (--account.holders === 0) account.owner = undefined;
      return account.holders;
    }
    const holders = (this.#foreign.get(node) ?? 0) - 1;
    if (holders > 0) this.#foreign.set(node, holders);
    else this.#foreign.delete(node);
    return holders;
  }
}

function childCount(node: ContainerNode): number {
  return isObjectNode(node) ? keysOf(node).length : node.items.length;
}

function childAt(node: ContainerNode, index: number): JsonNode {
  return isObjectNode(node) ? valueAt(node, index) : node.items[index]!;
}

/** The rest (small values) is part of its container's own bytes. */
function isCountedApart(node: JsonNode): boolean {
  return isContainer(node) ? bytesOf(node) > LEAF_BYTES : isLargeString(node);
}

function isLargeString(node: JsonNode): node is string {
  return typeof node === "string" && node.length >= LARGE_STRING_CHARACTERS;
}
