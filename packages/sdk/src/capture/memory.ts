/**
 * What one trace captured last, by property name, so that a conversation that grows by two messages shares what was
 * captured of it before.
 *
 * Only what lies in no array is looked up here (the payload itself, `messages`, `tools`); what lies in an array is
 * expected where the earlier array had it. Nothing here is trusted: a walk verifies each field before it re-uses it.
 */
import { equalNodes } from "./compare.ts";
import type { EarlierArray } from "./continue-array.ts";
import type { FrozenItems } from "./frozen-items.ts";
import {
  type ArrayNode,
  bytesOf,
  isContainer,
  itemsOf,
  type JsonNode,
  keysOf,
  type ObjectNode,
  valueAt,
} from "./nodes.ts";

/** Smaller containers are cheaper to capture again than to remember. */
export const REMEMBERED_BYTES = 256;
/** Of one name: a trace's agents each have their own `messages`. */
const MAX_CANDIDATES = 4;
const MAX_NAMES = 64;
/** A trace that remembers more than this (distinct or not) starts to remember afresh. */
const MAX_BYTES = 16 * 1024 * 1024;
/**
 * As much is remembered by all traces of the process together; then all start afresh. What one of them forgets, or takes
 * with it when it is over, is not taken off: forgetting all once in 64 MiB at most doubles what is captured.
 */
const MAX_COMMON_BYTES = 64 * 1024 * 1024;
/** What one more costs besides. */
const OVERHEAD_BYTES = 512;

let commonBytes = 0;
/** Those that remember something. */
const memories: WeakRef<CaptureMemory>[] = [];

/** What all traces of the process remember, in bytes, at most. */
export function rememberedBytes(): number {
  return commonBytes;
}

/** Everything is captured afresh the next time: nothing is lost by it. */
export function forgetRemembered(): void {
  for (const memory of memories.splice(0)) memory.deref()?.forget();
  commonBytes = 0;
}

/** An array as it was captured last, its items in one list: the node's own, until one that grows with it is needed. */
export class KnownArray {
  node: ArrayNode;
  items: readonly JsonNode[];
  #grown: JsonNode[] | undefined = undefined;
  frozen: FrozenItems | undefined = undefined;

  constructor(node: ArrayNode) {
    this.node = node;
    this.items = itemsOf(node);
  }

  grow(node: ArrayNode): void {
    this.#grown ??= [...this.items];
    for (const item of node.items) this.#grown.push(item);
    this.items = this.#grown;
    this.node = node;
  }
}

export class CaptureMemory {
  /** Most recently used first. Absent until there is something to remember: most traces are small. */
  #objects: Map<string, ObjectNode[]> | undefined = undefined;
  #arrays: Map<string, KnownArray[]> | undefined = undefined;
  #bytes = 0;

  /** The earlier object of this name with the same values, or the node itself, which is remembered. */
  sharedObject(name: string, node: ObjectNode): ObjectNode {
    this.#objects ??= new Map();
    const candidates = this.#objects.get(name);
    if (candidates === undefined) {
      if (this.#makeRoom(ownBytes(node), this.#objects.size)) this.#objects.set(name, [node]);
      return node;
    }
    const at = candidates.findIndex((candidate) => hasSameValues(candidate, node));
    const shared = at < 0 ? node : candidates[at]!;
    if (at < 0) this.#makeRoom(ownBytes(node));
    moveToFront(candidates, at, shared);
    return shared;
  }

  /** The array of this name that was captured last. */
  lastArray(name: string): KnownArray | undefined {
    return this.#arrays?.get(name)?.[0];
  }

  /** Another earlier array of this name that begins with the same `count` items and goes on with one equal to `next`. */
  otherArray(name: string, than: EarlierArray, count: number, next: JsonNode): KnownArray | undefined {
    return this.#arrays?.get(name)?.find((candidate) => candidate !== than && continues(candidate, than, count, next));
  }

  rememberArray(name: string, node: ArrayNode): void {
    this.#arrays ??= new Map();
    const candidates = this.#arrays.get(name);
    if (candidates === undefined) {
      if (this.#makeRoom(node.bytes, this.#arrays.size)) this.#arrays.set(name, [new KnownArray(node)]);
      return;
    }
    const at = candidates.findIndex((candidate) => isPartOf(node, candidate.node) || node.prefix === candidate.node);
    const known = at < 0 ? new KnownArray(node) : candidates[at]!;
    if (at < 0) this.#makeRoom(node.bytes);
    else if (node.prefix === known.node) {
      this.#makeRoom(node.bytes - known.node.bytes);
      known.grow(node);
    }
    moveToFront(candidates, at, known);
  }

  forget(): void {
    this.#objects?.clear();
    this.#arrays?.clear();
    this.#bytes = 0;
  }

  /** @returns false when the node alone is too large to be remembered */
  #makeRoom(bytes: number, names = 0): boolean {
    if (this.#bytes + bytes > MAX_BYTES || names >= MAX_NAMES) this.forget();
    if (bytes > MAX_BYTES) return false;
    commonBytes += bytes + OVERHEAD_BYTES;
    if (commonBytes > MAX_COMMON_BYTES) {
      for (const memory of memories.splice(0)) memory.deref()?.forget();
      commonBytes = bytes;
    }
    if (this.#bytes === 0) memories.push(new WeakRef(this));
    this.#bytes += bytes;
    return true;
  }
}

/** Without the containers below that are remembered themselves: a conversation's history counts once, not at each step. */
function ownBytes(node: ObjectNode): number {
  let bytes = bytesOf(node);
  for (let i = 0; i < keysOf(node).length; i++) {
    const value = valueAt(node, i);
    if (isContainer(value) && bytesOf(value) >= REMEMBERED_BYTES) bytes -= bytesOf(value);
  }
  return bytes;
}

/** Shallow: the walk has shared the containers below already. */
function hasSameValues(a: ObjectNode, b: ObjectNode): boolean {
  const keys = keysOf(a);
  if (keys !== keysOf(b) || bytesOf(a) !== bytesOf(b)) return false;
  for (let i = 0; i < keys.length; i++) if (valueAt(a, i) !== valueAt(b, i)) return false;
  return true;
}

function continues(candidate: KnownArray, than: EarlierArray, count: number, next: JsonNode): boolean {
  if (candidate.items.length <= count || !equalNodes(candidate.items[count]!, next)) return false;
  for (let i = 0; i < count; i++) if (candidate.items[i] !== than.items[i]) return false;
  return true;
}

/** True for the array itself and for those that it continues. */
function isPartOf(node: ArrayNode, whole: ArrayNode): boolean {
  let part: ArrayNode | undefined = whole;
  while (part !== undefined && part !== node && part.length >= node.length) part = part.prefix;
  return part === node;
}

function moveToFront<T>(candidates: T[], from: number, candidate: T): void {
  if (from === 0) return;
  if (from > 0) candidates.splice(from, 1);
  candidates.unshift(candidate);
  if (candidates.length > MAX_CANDIDATES) candidates.pop();
}
