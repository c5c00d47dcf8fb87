/**
 * One walk over a payload: reads each property once, spends a budget, and returns what was captured before wherever
 * that is still equal.
 *
 * Equality is found on the way. Each container is walked with the node expected in its place; a value that turns out
 * equal to the expected one becomes the expected node itself, so an unchanged message allocates nothing. Nothing
 * depends on the identity of the application's objects: they may have been changed or rebuilt.
 *
 * The walk recurses, which is what makes it fast, but never deeper than `maxDepth`. If the application called with its
 * stack all but used up, the value that no longer fits is marked as thrown.
 */
import type { CaptureBudget } from "./budget.ts";
import { type EarlierArray, joined, Realignment } from "./continue-array.ts";
import { type Replacement, replacementOf, type Source, toJsonOf, unboxed } from "./exotic.ts";
import { ForeignTime } from "./foreign-time.ts";
import {
  cutText,
  isEncodedBinary,
  markCircular,
  markNonJson,
  markNumber,
  markThrown,
  TRUNCATED_KEY,
  truncated,
  UNREADABLE,
} from "./marks.ts";
import { type CaptureMemory, REMEMBERED_BYTES } from "./memory.ts";
import { ArrayNode, itemsOf, type JsonNode, ObjectNode, objectBytes } from "./nodes.ts";
import { keysFor } from "./shapes.ts";
import { nodeOf } from "./to-json.ts";

const NO_KEYS: readonly string[] = [];
const NO_ITEMS: readonly JsonNode[] = [];
/** Properties collected together beyond which the room for them is given back. */
const KEPT_SCRATCH = 1024;
const hasOwn = Object.prototype.hasOwnProperty;

export class Walk {
  readonly #budget: CaptureBudget;
  readonly #time: ForeignTime;
  /** Of the budget, what is asked for each value. */
  readonly #maxStringBytes: number;
  readonly #maxDepth: number;
  readonly #maxKeys: number;
  #memory: CaptureMemory | undefined;

  /** Estimated bytes that were cut so far. */
  cutBytes = 0;
  #nodesLeft = 0;
  #bytesLeft = 0;
  #ticks = 0;
  #stopped = false;

  /** Containers being walked, outermost first, and the name of each in its parent. */
  readonly #ancestors: unknown[] = [];
  readonly #path: (string | number)[] = [];
  #depth = 0;
  /** Arrays among them: what lies in no array is looked up in the memory by its name. */
  #arrayDepth = 0;
  /** How many indexes after its own the last item stands for. */
  #skipped = 0;
  /** Something enumerable hangs on `Object.prototype`. */
  #polluted = false;

  /** Properties collected for the objects being walked, as a stack. */
  readonly #names: string[] = [];
  readonly #nodes: JsonNode[] = [];
  #top = 0;
  #highest = 0;

  constructor(budget: CaptureBudget, clock: () => number) {
    this.#budget = budget;
    this.#time = new ForeignTime(clock, budget.maxTimeMs);
    this.#maxStringBytes = budget.maxStringBytes;
    this.#maxDepth = budget.maxDepth;
    this.#maxKeys = budget.maxKeys;
  }

  run(value: unknown, memory: CaptureMemory | undefined): JsonNode {
    this.#begin(memory);
    try {
      return this.#value(value, "", undefined);
    } finally {
      this.#end();
    }
  }

  #begin(memory: CaptureMemory | undefined): void {
    this.#memory = memory;
    this.cutBytes = 0;
    this.#nodesLeft = this.#budget.maxNodes;
    this.#bytesLeft = this.#budget.maxBytes;
    this.#time.begin();
    this.#ticks = 0;
    this.#stopped = false;
    this.#polluted = false;
    for (const _ in Object.prototype) this.#polluted = true;
  }

  /** Forgets the application's objects: between captures nothing is kept alive. */
  #end(): void {
    if (this.#highest > KEPT_SCRATCH) this.#names.length = this.#nodes.length = 0;
    else for (let i = 0; i < this.#highest; i++) this.#nodes[i] = null;
    this.#top = this.#highest = this.#depth = this.#arrayDepth = 0;
    this.#memory = undefined;
  }

  #value(value: unknown, name: string | number, expected: JsonNode | undefined): JsonNode {
    if (--this.#nodesLeft <= 0) this.#stopped = true;
    if (typeof value === "string") {
      this.#bytesLeft -= value.length;
      return value.length <= this.#maxStringBytes && this.#bytesLeft >= 0 ? value : this.#cutString(value);
    }
    if (typeof value === "object") return value === null ? null : this.#container(value, name, expected);
    switch (typeof value) {
      case "number":
        return Number.isFinite(value) && !(value === 0 && 1 / value < 0) ? value : markNumber(value);
      case "boolean":
        return value;
      default:
        return markNonJson(value);
    }
  }

  #cutString(text: string): string {
    if (text.length <= this.#budget.maxBinaryStringBytes && this.#bytesLeft >= 0 && isEncodedBinary(text)) return text;
    this.#bytesLeft += text.length;
    const cut = cutText(text);
    this.cutBytes += Math.max(1, text.length - cut.length);
    this.#bytesLeft -= cut.length;
    if (this.#bytesLeft <= 0) this.#stopped = true;
    return cut;
  }

  #container(value: object, name: string | number, expected: JsonNode | undefined): JsonNode {
    const depth = this.#depth;
    for (let i = 0; i < depth; i++) if (this.#ancestors[i] === value) return this.#circular(i);
    if (depth >= this.#maxDepth) return this.#cut(`deeper than ${depth} levels`);
    if ((++this.#ticks & 15) === 0) this.#time.slice();
    if (this.#stopped) return this.#cut("over budget");
    const top = this.#top;
    const arrayDepth = this.#arrayDepth;
    this.#ancestors[depth] = value;
    this.#path[depth] = name;
    this.#depth = depth + 1;
    try {
      return this.#enter(value, name, expected);
    } catch {
      return UNREADABLE;
    } finally {
      this.#depth = depth;
      this.#ancestors[depth] = undefined;
      this.#top = top;
      this.#arrayDepth = arrayDepth;
    }
  }

  #enter(value: object, name: string | number, expected: JsonNode | undefined): JsonNode {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return nodeIn(value, expected) ?? this.#object(value as Source, name, expected, this.#polluted, true);
    }
    if (prototype === Array.prototype && Array.isArray(value)) {
      return nodeIn(value, expected) ?? this.#array(value, name, expected);
    }
    return this.#exotic(value, name, expected);
  }

  #exotic(value: object, name: string | number, expected: JsonNode | undefined): JsonNode {
    const replacement = replacementOf(value, this.#maxKeys);
    if (replacement !== value) return this.#replaced(replacement, name, expected);
    let toJson: (() => unknown) | undefined;
    try {
      toJson = toJsonOf(value);
    } catch (error) {
      return markThrown(error);
    }
    if (toJson !== undefined) return this.#fromToJson(value, toJson, name, expected);
    const primitive = unboxed(value);
    return primitive === undefined ? this.#replaced(value, name, expected) : this.#value(primitive, name, undefined);
  }

  #fromToJson(value: object, toJson: () => unknown, name: string | number, expected: JsonNode | undefined): JsonNode {
    let result: unknown;
    try {
      result = this.#time.charge(() => Reflect.apply(toJson, value, [String(name)]));
      if (this.#time.isUsedUp) this.#stopped = true;
    } catch (error) {
      return markThrown(error);
    }
    if (typeof result !== "object" || result === null) return this.#value(result, name, undefined);
    if (result === value) return this.#replaced(result, name, expected);
    const replacement = replacementOf(result, this.#maxKeys);
    return this.#replaced(replacement, name, expected);
  }

  #replaced(replacement: Replacement, name: string | number, expected: JsonNode | undefined): JsonNode {
    if (typeof replacement === "string") return this.#value(replacement, name, undefined);
    if (Array.isArray(replacement)) return this.#array(replacement, name, expected);
    return this.#object(replacement as Source, name, expected, true, false);
  }

  /**
   * @param guarded inherited enumerable properties are possible and must be told from own ones
   * @param asks an own `toJSON` is asked; false when this already stands for what was asked
   */
  #object(
    source: Source,
    name: string | number,
    expected: JsonNode | undefined,
    guarded: boolean,
    asks: boolean,
  ): JsonNode {
    if (this.#memory === undefined || this.#arrayDepth > 0) {
      return this.#properties(source, expected instanceof ObjectNode ? expected : undefined, guarded, asks);
    }
    const node = this.#properties(source, undefined, guarded, asks);
    if (!(node instanceof ObjectNode) || node.bytes < REMEMBERED_BYTES) return node;
    return this.#memory.sharedObject(String(name), node);
  }

  #properties(source: Source, known: ObjectNode | undefined, guarded: boolean, asks: boolean): JsonNode {
    const base = this.#top;
    const knownKeys = known === undefined ? NO_KEYS : known.keys;
    let read = 0;
    let kept = 0;
    let same = known !== undefined;
    for (const name in source) {
      if (this.#stopped || kept >= this.#maxKeys) {
        if (same) this.#recall(known!, kept);
        same = false;
        this.#push(TRUNCATED_KEY, this.#cut(`properties after the first ${kept++}`));
        break;
      }
      if ((++read & 7) === 0) this.#time.slice();
      const inLine = kept < knownKeys.length && knownKeys[kept] === name;
      const old = inLine ? known!.values[kept] : undefined;
      let node: JsonNode;
      try {
        if (guarded && !hasOwn.call(source, name)) continue;
        const value = this.#read(source, name);
        if (value === undefined) {
          if (--this.#nodesLeft <= 0) this.#stopped = true;
          continue;
        }
        if (typeof value === "function" && asks && name === "toJSON") {
          return this.#fromToJson(source, value as () => unknown, this.#path[this.#depth - 1]!, undefined);
        }
        node = this.#value(value, name, old);
      } catch (error) {
        node = markThrown(error);
      }
      if (same) {
        if (inLine && node === old) {
          kept++;
          continue;
        }
        same = false;
        this.#recall(known!, kept);
      }
      this.#push(name, node);
      kept++;
    }
    if (same) {
      if (kept === knownKeys.length) return known!;
      this.#recall(known!, kept);
    }
    return this.#collect(base, kept);
  }

  #push(name: string, node: JsonNode): void {
    this.#names[this.#top] = name;
    this.#nodes[this.#top] = node;
    if (++this.#top > this.#highest) this.#highest = this.#top;
  }

  /** The first properties turned out as expected, a later one did not: the object becomes a new one. */
  #recall(known: ObjectNode, count: number): void {
    for (let i = 0; i < count; i++) this.#push(known.keys[i]!, known.values[i]!);
  }

  #collect(base: number, count: number): ObjectNode {
    const keys = keysFor(this.#names, base, count, this.#budget.maxKeyBytes);
    const values = this.#nodes.slice(base, base + count);
    this.#top = base;
    this.#bytesLeft -= count * 8;
    if (this.#bytesLeft <= 0) this.#stopped = true;
    return new ObjectNode(keys, values, objectBytes(keys, values));
  }

  #array(source: readonly unknown[], name: string | number, expected: JsonNode | undefined): JsonNode {
    if (this.#arrayDepth++ > 0 || this.#memory === undefined) {
      return this.#items(
        source,
        expected instanceof ArrayNode ? { node: expected, items: itemsOf(expected) } : undefined,
      );
    }
    const known = this.#memory.lastArray(String(name));
    const node = this.#items(source, known, this.#memory, String(name));
    if (node !== known?.node && node.bytes >= REMEMBERED_BYTES) this.#memory.rememberArray(String(name), node);
    return node;
  }

  /** Follows the known array as far as this one is equal to it; the rest is its own. */
  #items(source: readonly unknown[], expected?: EarlierArray, memory?: CaptureMemory, name = ""): ArrayNode {
    const length = source.length;
    let known = expected;
    let same = 0;
    let i = 0;
    for (; known !== undefined && same < known.node.length && i < length && !this.#stopped; i += 1 + this.#skipped) {
      if ((i & 63) === 63) this.#time.slice();
      const node = this.#item(source, i, known.items[same]);
      if (node !== known.items[same]) {
        const other = memory?.otherArray(name, known, same, node);
        if (other === undefined)
          return joined(known, same, this.#rest(source, i + 1 + this.#skipped, known, same, node));
        known = other;
      }
      same++;
    }
    return joined(known, same, i < length ? this.#rest(source, i, undefined, same, undefined) : NO_ITEMS);
  }

  /**
   * The items from `start` on, of an array that went another way than the earlier one after `same` items. Those that
   * the earlier one has elsewhere (a message was inserted or removed) are shared singly.
   *
   * @param first the item before `start`, where the two parted
   */
  #rest(
    source: readonly unknown[],
    start: number,
    known: EarlierArray | undefined,
    same: number,
    first: JsonNode | undefined,
  ): JsonNode[] {
    const realign = known === undefined ? undefined : new Realignment(known, same);
    const items: JsonNode[] = first === undefined ? [] : [realign!.shared(first)];
    const { length } = source;
    for (let i = start; i < length; i += 1 + this.#skipped) {
      if (this.#stopped) {
        items.push(this.#cut(`${length - i} items`));
        break;
      }
      if ((i & 63) === 63) this.#time.slice();
      const node = this.#item(source, i, realign?.expected());
      items.push(realign === undefined ? node : realign.shared(node));
    }
    return items;
  }

  /** One item, or a run of holes as one text: then `skipped` says how many more indexes it stands for. */
  #item(source: readonly unknown[], i: number, expected: JsonNode | undefined): JsonNode {
    let node: JsonNode;
    let skipped = 0;
    try {
      const value = this.#read(source, i);
      if (value === undefined && !(i in source)) {
        skipped = this.#holesFrom(source, i + 1);
        node = `[Empty: ${skipped + 1} items]`;
      } else node = this.#value(value, i, expected);
    } catch (error) {
      node = markThrown(error);
    }
    this.#skipped = skipped;
    return node;
  }

  #holesFrom(source: readonly unknown[], from: number): number {
    let next = from;
    while (next < source.length && !this.#stopped && !(next in source)) {
      if (--this.#nodesLeft <= 0) this.#stopped = true;
      if ((++next & 1023) === 0) this.#time.slice();
    }
    return next - from;
  }

  #read(source: Source | readonly unknown[], name: string | number): unknown {
    if (!this.#time.isWatching) return (source as Source)[name];
    const value = this.#time.read(source, name);
    if (this.#time.isUsedUp) this.#stopped = true;
    return value;
  }

  #cut(detail: string): string {
    this.cutBytes += 8;
    return truncated(detail);
  }

  #circular(ancestor: number): string {
    return markCircular(this.#path.slice(1, ancestor + 1).map(String));
  }
}

/** The node of a captured tree that is handed back. Where an earlier value is expected, comparing finds it as well. */
function nodeIn(value: object, expected: JsonNode | undefined): JsonNode | undefined {
  return expected === undefined ? nodeOf(value) : undefined;
}
