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

/** As a walk gives it. */
type Name = string | number;

export class CaptureMemory {
  /** Most recently used first. Absent until there is something to remember: most traces are small. */
  #objects: Map<Name, ObjectNode[]> | undefined = undefined;
  #arrays: Map<Name, KnownArray[]> | undefined = undefined;
  #bytes = 0;

  /** The earlier object of this name with the same values, or the node itself, which is remembered. */
  sharedObject(name: Name, node: ObjectNode): ObjectNode {
    this.#objects ??= new Map();
    const found = this.#objects.get(name)?.find((candidate) => hasSameValues(candidate, node));
    if (found !== undefined || this.#makeRoom(ownBytes(node), this.#objects, name))
      putFirst(this.#objects, name, found ?? node);
    return found ?? node;
  }

  /** The array of this name that was captured last. */
  lastArray(name: Name): KnownArray | undefined {
    return this.#arrays?.get(name)?.[0];
  }

  /** Another earlier array of this name that begins with the same `count` items and goes on with one equal to `next`. */
  otherArray(name: Name, than: EarlierArray, count: number, next: JsonNode): KnownArray | undefined {
    return this.#arrays?.get(name)?.find((candidate) => candidate !== than && continues(candidate, than, count, next));
  }

  rememberArray(name: Name, node: ArrayNode): void {
    this.#arrays ??= new Map();
    const found = this.#arrays
      .get(name)
      ?.find((candidate) => isPartOf(node, candidate.node) || node.prefix === candidate.node);
    const isNew = found === undefined || node.prefix === found.node;
    if (isNew && !this.#makeRoom(node.bytes, this.#arrays, name, found?.node.bytes)) return;
    if (isNew) found?.grow(node);
    putFirst(this.#arrays, name, found ?? new KnownArray(node));
  }

  forget(): void {
    this.#objects?.clear();
    this.#arrays?.clear();
    this.#bytes = 0;
  }

  /**
   * Of `bytes`, `known` are counted already, unless all is forgotten to make the room.
   *
   * @returns false when the node alone is too large to be remembered
   */
  #makeRoom(bytes: number, among: ReadonlyMap<Name, unknown>, name: Name, known = 0): boolean {
    let added = bytes - known;
    if (this.#bytes + added > MAX_BYTES || (among.size >= MAX_NAMES && !among.has(name))) {
      this.forget();
      added = bytes;
    }
    if (bytes > MAX_BYTES) return false;
    commonBytes += added + OVERHEAD_BYTES;
    if (commonBytes > MAX_COMMON_BYTES) {
      forgetRemembered();
      commonBytes = added = bytes;
    }
    if (this.#bytes === 0) memories.push(new WeakRef(this));
    this.#bytes += added;
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

function putFirst<T>(all: Map<Name, T[]>, name: Name, candidate: T): void {
  const known = all.get(name) ?? [];
  if (known[0] === candidate) return;
  all.set(name, [candidate, ...known.filter((other) => other !== candidate)].slice(0, MAX_CANDIDATES));
}
