/**
 * Plain immutable JSON of a captured node, for processors and exporters; and the way back from it to the node.
 *
 * The items of arrays (messages) keep the object that was made of them, so a batch of growing conversations holds each
 * message once. Arrays and what contains them are made anew each time: kept ones would grow with the square of the
 * steps in a queue that waits for its back end.
 */
import {
  ACCOUNTED_BYTES,
  accountOf,
  bytesOf,
  type ContainerNode,
  isContainer,
  isObjectNode,
  itemsOf,
  type JsonNode,
  keysOf,
  type ObjectNode,
  valueAt,
} from "./nodes.ts";
import { wellFormed } from "./well-formed.ts";

/** Smaller containers are not marked with their node: making them again costs less than finding them. */
const MARKED_BYTES = ACCOUNTED_BYTES;

/** Deeply frozen: own enumerable data properties, arrays without holes, well-formed strings. */
export function toJson(node: JsonNode): unknown {
  if (typeof node === "string") return wellFormed(node);
  return isContainer(node) ? materialised(node) : node;
}

/** The node that `toJson` made this object or array from; undefined for any other, and for those under 256 bytes. */
export function nodeOf(plain: object): ContainerNode | undefined {
  return Marked.areAny ? Marked.nodeOf(plain) : undefined;
}

function materialised(node: ContainerNode): object {
  const plain = isObjectNode(node) ? objectOf(node) : itemsOf(node).map(itemOf);
  if (bytesOf(node) >= MARKED_BYTES) new Marked(plain, node);
  return Object.freeze(plain);
}

function objectOf(node: ObjectNode): object {
  const plain: Record<string, unknown> = {};
  const keys = keysOf(node);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const value = toJson(valueAt(node, i));
    if (key === "__proto__") Object.defineProperty(plain, key, { value, enumerable: true });
    else plain[key] = value;
  }
  return plain;
}

/** As an item of an array it keeps the object that is made of it. */
export function itemOf(node: JsonNode): unknown {
  if (!isObjectNode(node) || bytesOf(node) < MARKED_BYTES) return toJson(node);
  const account = accountOf(node);
  account.plain ??= materialised(node);
  return account.plain;
}

/** A constructor that returns an object lets a subclass put its private field on that object. */
class Given {
  constructor(plain: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what the class is for
    return plain;
  }
}

/**
 * Writes the node into the plain object itself, in a private field: no reflection, comparison or serialisation sees it,
 * and it costs a tenth of an entry in a WeakMap, both to write and for the garbage collector.
 */
export class Marked extends Given {
  /** Where no tree was ever handed out none comes back: asking each object costs a tenth of capturing it. */
  static areAny = false;
  readonly #node: ContainerNode;

  constructor(plain: object, node: ContainerNode) {
    super(plain);
    Marked.areAny = true;
    this.#node = node;
  }

  static nodeOf(value: object): ContainerNode | undefined {
    return #node in value ? value.#node : undefined;
  }
}
