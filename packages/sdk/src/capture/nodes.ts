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
  /** Property names in their order. Shared between objects of the same shape; never mutated. */
  readonly keys: readonly string[];
  readonly values: readonly JsonNode[];
  /** Estimated size of the whole tree below as JSON, in bytes. */
  readonly bytes: number;
  /** How many holders (records, or containers that are themselves held) keep this node in memory. See `retention.ts`. */
  holders = 0;

  constructor(keys: readonly string[], values: readonly JsonNode[], bytes: number) {
    this.keys = keys;
    this.values = values;
    this.bytes = bytes;
  }
}

export class ArrayNode {
  /** The array that this one continues; its items come first. */
  readonly prefix: ArrayNode | undefined;
  /** The items after the prefix. Never mutated. */
  readonly items: readonly JsonNode[];
  /** Number of items, the prefix's included. */
  readonly length: number;
  readonly bytes: number;
  holders = 0;

  constructor(prefix: ArrayNode | undefined, items: readonly JsonNode[], bytes: number) {
    this.prefix = prefix;
    this.items = items;
    this.length = (prefix === undefined ? 0 : prefix.length) + items.length;
    this.bytes = bytes;
  }
}
