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

/**
 * An object. One array rather than an instance with two of them, since the messages of conversations are what fills the
 * queue and the memory: its keys, its size, its values in the order of the keys, and from `ACCOUNTED_BYTES` on one place
 * more, for its account. Read it with `keysOf`, `valueAt` and `bytesOf`.
 */
export interface ObjectNode {
  readonly [kind]: "object";
}
declare const kind: unique symbol;

/** Where the first value of an object stands. */
export const VALUES = 2;

/** What is kept of a node besides, when there is something to keep. */
export interface Account {
  /** How many holders (records, or containers that are themselves held) keep the node in memory. See `retention.ts`. */
  holders: number;
  /** Whose count `holders` is, while it is not 0. */
  owner: object | undefined;
  /** The plain object that `toJson` made of it as an item of an array. */
  plain: object | undefined;
}

/** Smaller nodes have no account: they are counted, and made plain, anew each time. */
export const ACCOUNTED_BYTES = 256;

/**
 * @param keys in their order, without duplicates. Shared between objects of the same shape; never mutated
 * @param values one for each key
 * @param bytes estimated size of the whole tree below as JSON
 */
export function objectNode(
  keys: readonly string[],
  values: readonly JsonNode[],
  bytes: number = objectBytes(keys, values),
): ObjectNode {
  const node: unknown[] = [keys, bytes, ...values];
  if (bytes >= ACCOUNTED_BYTES) node.push(undefined);
  return node as unknown as ObjectNode;
}

/** The object whose values stand on a stack from `start + VALUES` to `end`: copied in one go, which is the quickest way. */
export function objectNodeOf(stack: unknown[], start: number, end: number, keys: readonly string[]): ObjectNode {
  let bytes = keysBytes(keys);
  for (let i = start + VALUES; i < end; i++) bytes += bytesOf(stack[i] as JsonNode);
  stack[start] = keys;
  stack[start + 1] = bytes;
  if (bytes < ACCOUNTED_BYTES) return stack.slice(start, end) as unknown as ObjectNode;
  stack[end] = undefined;
  return stack.slice(start, end + 1) as unknown as ObjectNode;
}

export function keysOf(node: ObjectNode): readonly string[] {
  return (node as unknown as readonly [readonly string[]])[0];
}

export function valueAt(node: ObjectNode, index: number): JsonNode {
  return (node as unknown as readonly JsonNode[])[VALUES + index]!;
}

/** A copy. */
export function valuesOf(node: ObjectNode): JsonNode[] {
  return (node as unknown as readonly JsonNode[]).slice(VALUES, VALUES + keysOf(node).length);
}

/** Nothing in a node ever changes but this: that an equal large string takes the place of a string. */
export function replaceValue(node: ContainerNode, index: number, value: string): void {
  if (isObjectNode(node)) (node as unknown as JsonNode[])[VALUES + index] = value;
  else (node.items as JsonNode[])[index] = value;
}

export class ArrayNode {
  /** The array that this one continues; its items come first. */
  readonly prefix: ArrayNode | undefined;
  /** The items after the prefix. */
  readonly items: readonly JsonNode[];
  /** Number of items, the prefix's included. */
  readonly length: number;
  /** Estimated size of the whole tree below as JSON, in bytes. */
  readonly bytes: number;
  account: Account | undefined = undefined;

  constructor(prefix: ArrayNode | undefined, items: readonly JsonNode[], bytes = arrayBytes(prefix, items)) {
    this.prefix = prefix;
    this.items = items;
    this.length = (prefix === undefined ? 0 : prefix.length) + items.length;
    this.bytes = bytes;
  }
}

/** A node that has children: what can be shared, held and cached. */
export type ContainerNode = ObjectNode | ArrayNode;

export function isContainer(node: JsonNode | undefined): node is ContainerNode {
  return typeof node === "object" && node !== null;
}

/** By its form and not by a class: at an exit, a node may be read by another copy of this code, see `load-at-exit.ts`. */
export function isObjectNode(node: JsonNode | undefined): node is ObjectNode {
  return Array.isArray(node);
}

export function isArrayNode(node: JsonNode | undefined): node is ArrayNode {
  return isContainer(node) && !Array.isArray(node);
}

/**
 * Estimated size of a node as JSON, in bytes, without looking at a character: a string counts its length and its
 * quotes. Text beyond ASCII and escapes makes the real size larger, up to 3 and 6 times.
 */
export function bytesOf(node: JsonNode): number {
  if (typeof node === "string") return node.length + 2;
  if (typeof node === "number") return 8;
  if (!isContainer(node)) return 5;
  return isObjectNode(node) ? (node as unknown as readonly [unknown, number])[1] : node.bytes;
}

/** The node's own account, made now when there was none. Only of nodes of `ACCOUNTED_BYTES` and more. */
export function accountOf(node: ContainerNode): Account {
  const none = { holders: 0, owner: undefined, plain: undefined };
  if (!isObjectNode(node)) {
    node.account ??= none;
    return node.account;
  }
  const parts = node as unknown as (Account | undefined)[];
  const at = parts.length - 1;
  parts[at] ??= none;
  return parts[at]!;
}

/** Size of an object with these properties: braces, and for each property quotes, colon and comma. */
export function objectBytes(keys: readonly string[], values: readonly JsonNode[]): number {
  let bytes = keysBytes(keys);
  for (let i = 0; i < values.length; i++) bytes += bytesOf(values[i]!);
  return bytes;
}

/** Of an object's size, what is not its values'. */
export function keysBytes(keys: readonly string[]): number {
  let bytes = 2;
  for (let i = 0; i < keys.length; i++) bytes += keys[i]!.length + 4;
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
