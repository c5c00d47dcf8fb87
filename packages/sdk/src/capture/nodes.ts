/**
 * The captured form of a payload: an immutable tree of JSON values that shares what is equal.
 *
 * Why not plain objects: a conversation is captured again at each step with two messages more. As plain arrays the
 * pointers alone would grow with the square of the steps, so an array may continue another (`prefix`). And what the
 * queue holds must be counted once however many records share it, so each container carries its own count of holders.
 *
 * Plain immutable JSON is made from it (`toJson`) when a batch is handed to an exporter, off the caller's path.
 */
export type JsonNode = null | boolean | number | string | ObjectNode | ArrayNode;

export class ObjectNode {
  /** Property names in their order, without duplicates. Shared between objects of the same shape; never mutated. */
  readonly keys: readonly string[];
  /** As the items of an array: never changed, but for an equal large string. */
  readonly values: readonly JsonNode[];
  /** Estimated size of the whole tree below as JSON, in bytes. */
  readonly bytes: number;
  /** How many holders (records, or containers that are themselves held) keep this node in memory. See `retention.ts`. */
  holders = 0;
  /** The account that `holders` belongs to, while it is not 0. */
  owner: object | undefined = undefined;
  /** The plain object that `toJson` made of it as an item of an array. */
  plain: object | undefined = undefined;

  constructor(keys: readonly string[], values: readonly JsonNode[], bytes: number) {
    this.keys = keys;
    this.values = values;
    this.bytes = bytes;
  }
}

export class ArrayNode {
  /** The array that this one continues; its items come first. */
  readonly prefix: ArrayNode | undefined;
  /** The items after the prefix. Never mutated, but that an equal string may take a string's place. */
  readonly items: readonly JsonNode[];
  /** Number of items, the prefix's included. */
  readonly length: number;
  readonly bytes: number;
  holders = 0;
  owner: object | undefined = undefined;

  constructor(prefix: ArrayNode | undefined, items: readonly JsonNode[], bytes: number) {
    this.prefix = prefix;
    this.items = items;
    this.length = (prefix === undefined ? 0 : prefix.length) + items.length;
    this.bytes = bytes;
  }
}

/** A node that has children: what can be shared, held and cached. */
export type ContainerNode = ObjectNode | ArrayNode;

export function isContainer(node: JsonNode): node is ContainerNode {
  return typeof node === "object" && node !== null;
}

/**
 * Estimated size of a node as JSON, in bytes, without looking at a character: a string counts its length and its
 * quotes. Text beyond ASCII and escapes makes the real size larger, up to 3 and 6 times.
 */
export function bytesOf(node: JsonNode): number {
  if (typeof node === "string") return node.length + 2;
  if (typeof node === "number") return 8;
  return isContainer(node) ? node.bytes : 5;
}

/** Size of an object with these properties: braces, and for each property quotes, colon and comma. */
export function objectBytes(keys: readonly string[], values: readonly JsonNode[]): number {
  let bytes = 2;
  for (let i = 0; i < keys.length; i++) bytes += keys[i]!.length + 4 + bytesOf(values[i]!);
  return bytes;
}

/** Size of an array that continues `prefix` with `items`: brackets, and a comma for each item. */
export function arrayBytes(prefix: ArrayNode | undefined, items: readonly JsonNode[]): number {
  let bytes = prefix === undefined ? 2 : prefix.bytes;
  for (let i = 0; i < items.length; i++) bytes += 1 + bytesOf(items[i]!);
  return bytes;
}

/** All items in order, the prefixes' included. Do not change the result: without a prefix it is the node's own list. */
export function itemsOf(node: ArrayNode): readonly JsonNode[] {
  if (node.prefix === undefined) return node.items;
  const items = new Array<JsonNode>(node.length);
  for (let part: ArrayNode | undefined = node; part !== undefined; part = part.prefix) {
    const start = part.length - part.items.length;
    for (let i = 0; i < part.items.length; i++) items[start + i] = part.items[i]!;
  }
  return items;
}
