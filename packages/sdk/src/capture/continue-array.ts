/** How an array is captured as the continuation, or an edit, of an earlier one. */
import { findEqual } from "./compare.ts";
import type { FrozenItems } from "./frozen-items.ts";
import { ArrayNode, isContainer, type JsonNode } from "./nodes.ts";

export interface EarlierArray {
  readonly node: ArrayNode;
  /** All its items, the prefixes' included. May be longer than `node` says: then the rest is none of its. */
  readonly items: readonly JsonNode[];
  /** Those among them that are known by their identity, where there are any. */
  frozen?: FrozenItems | undefined;
}

/** Fewer pointers than this are copied rather than kept in an array of their own. */
const MIN_PREFIX_ITEMS = 8;
/** Items of one array that are looked for elsewhere in the earlier one: each looks at all of it. */
const MAX_SEARCHES = 8;

/**
 * The array whose first `same` items are the earlier one's, followed by `rest`.
 *
 * Where the two part, the common items become an array of their own: a conversation whose last message is rewritten
 * at each step (a cache mark that moves along) still grows by what is new.
 */
export function joined(earlier: EarlierArray | undefined, same: number, rest: readonly JsonNode[]): ArrayNode {
  if (earlier === undefined || same === 0) return new ArrayNode(undefined, rest);
  const prefix = prefixOf(earlier, same, rest.length === 0 ? 1 : MIN_PREFIX_ITEMS);
  const shared = prefix === undefined ? 0 : prefix.length;
  if (shared === same && rest.length === 0) return prefix!;
  const items = shared === same ? rest : [...earlier.items.slice(shared, same), ...rest];
  return new ArrayNode(prefix, items);
}

/** An array of the first `length` items, or of somewhat fewer: at most `slack` - 1 are left out. */
function prefixOf(earlier: EarlierArray, length: number, slack: number): ArrayNode | undefined {
  const part = longestPart(earlier.node, length);
  const shared = part === undefined ? 0 : part.length;
  if (length - shared < slack) return part;
  const items = earlier.items.slice(shared, length);
  return new ArrayNode(part, items);
}

/** The longest of the arrays that this one continues, itself included, that has at most `length` items. */
function longestPart(node: ArrayNode, length: number): ArrayNode | undefined {
  let part: ArrayNode | undefined = node;
  while (part !== undefined && part.length > length) part = part.prefix;
  return part;
}

/** Finds, after two arrays parted, where in the earlier one the next items stand. */
export class Realignment {
  readonly #items: readonly JsonNode[];
  /** Where in the earlier array the next item is expected. */
  #next: number;
  readonly #length: number;
  #searches = MAX_SEARCHES;

  constructor(earlier: EarlierArray, at: number) {
    this.#items = earlier.items;
    this.#length = earlier.node.length;
    this.#next = at;
  }

  expected(): JsonNode | undefined {
    return this.#next < this.#length ? this.#items[this.#next] : undefined;
  }

  /** The earlier array's own node when one is equal to this. */
  shared(node: JsonNode): JsonNode {
    const at = this.#next++;
    if (!isContainer(node) || node === (at < this.#length ? this.#items[at] : undefined) || this.#searches === 0)
      return node;
    this.#searches--;
    const found = findEqual(node, this.#items, this.#length, at);
    if (found < 0) return node;
    this.#next = found + 1;
    return this.#items[found]!;
  }
}
