/**
 * One walk over a payload: reads each property once, spends a budget, and returns what was captured before wherever
 * that is still equal.
 *
 * What is expected in a place is compared first (`unchanged.ts`); only where it parts does the walk begin, and from there.
 * Nothing depends on the identity of the application's objects, but of those that nobody can change any more.
 *
 * The walk recurses, which is what makes it fast, but never deeper than `maxDepth`. If the application called with its
 * stack all but used up, the value that no longer fits is marked as thrown.
 */
import type { CaptureBudget } from "./budget.ts";
import { equalNodes } from "./compare.ts";
import { newComparison } from "./comparing.ts";
import { type EarlierArray, joined, Realignment } from "./continue-array.ts";
import { type Replacement, replacementOf, type Source, toJsonOf, unboxed } from "./exotic.ts";
import { ForeignTime } from "./foreign-time.ts";
import { markCircular, markNonJson, markNumber, markThrown, TRUNCATED_KEY, UNREADABLE } from "./marks.ts";
import { type CaptureMemory, REMEMBERED_BYTES } from "./memory.ts";
import {
  type ArrayNode,
  bytesOf,
  isArrayNode,
  isContainer,
  isObjectNode,
  itemsOf,
  type JsonNode,
  keysBytes,
  keysOf,
  type ObjectNode,
  valueAt,
} from "./nodes.ts";
import { type Parted, UNCOMPARED } from "./parted.ts";
import { Spending } from "./spending.ts";
import { nodeOf } from "./to-json.ts";
import type { Comparison } from "./unchanged.ts";
import { ValueStack } from "./value-stack.ts";

const NO_ITEMS: readonly JsonNode[] = [];
const hasOwn = Object.prototype.hasOwnProperty;

export class Walk {
  readonly #time: ForeignTime;
  readonly #spending: Spending;
  readonly #budget: CaptureBudget;
  /** Absent too where something hangs on `Object.prototype`: it tells nothing inherited from what is the value's own. */
  #comparison: Comparison | undefined;
  #memory: CaptureMemory | undefined;
  #ticks = 0;

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

  readonly #stack = new ValueStack();

  constructor(budget: CaptureBudget, clock: () => number) {
    this.#time = new ForeignTime(clock, budget.maxTimeMs);
    this.#spending = new Spending(budget);
    this.#budget = budget;
  }

  /** Estimated bytes that the last run cut. */
  get cutBytes(): number {
    return this.#spending.cutBytes;
  }

  run(value: unknown, memory: CaptureMemory | undefined): JsonNode {
    this.#memory = memory;
    this.#spending.begin();
    this.#time.begin();
    this.#ticks = 0;
    this.#polluted = false;
    for (const _ in Object.prototype) this.#polluted = true;
    if (this.#polluted) this.#comparison = undefined;
    else this.#comparison ??= newComparison(this.#time, this.#spending, this.#budget);
    try {
      return this.#value(value, "");
    } finally {
      // Forgets the application's objects: between captures nothing is kept alive.
      this.#stack.clear();
      this.#memory = undefined;
    }
  }

  /** @param parted where the value, a container, parted from what was expected */
  #value(value: unknown, name: string | number, expected?: JsonNode, parted?: Parted): JsonNode {
    if (typeof value === "string") return this.#spending.text(value);
    if (typeof value === "object" && value !== null) {
      this.#spending.take(1, 0);
      return this.#container(value, name, expected, parted);
    }
    const isJson = value === null || typeof value === "boolean";
    const node = isJson ? value : typeof value === "number" ? numberNode(value) : markNonJson(value);
    this.#spending.take(1, bytesOf(node));
    return node;
  }

  #container(value: object, name: string | number, expected: JsonNode | undefined, before?: Parted): JsonNode {
    let parted = before;
    if (parted === undefined && isContainer(expected)) {
      parted = this.#comparison === undefined ? UNCOMPARED : this.#comparison.compare(value, expected, this.#depth);
      if (parted === undefined) return expected;
    }
    const depth = this.#depth;
    for (let i = 0; i < depth; i++) if (this.#ancestors[i] === value) return markCircular(this.#path.slice(1, i + 1));
    if (depth >= this.#budget.maxDepth) return this.#spending.cut(`deeper than ${depth} levels`);
    if ((++this.#ticks & 15) === 0) this.#time.slice();
    if (this.#spending.isOver) return this.#spending.cut("over budget");
    const { top } = this.#stack;
    const arrayDepth = this.#arrayDepth;
    this.#ancestors[depth] = value;
    this.#path[depth] = name;
    this.#depth = depth + 1;
    try {
      return this.#enter(value, name, expected, parted);
    } catch {
      return UNREADABLE;
    } finally {
      this.#depth = depth;
      this.#ancestors[depth] = undefined;
      this.#stack.top = top;
      this.#arrayDepth = arrayDepth;
    }
  }

  #enter(value: object, name: string | number, expected: JsonNode | undefined, parted = UNCOMPARED): JsonNode {
    const isArray = Array.isArray(value);
    if (parted === UNCOMPARED) {
      const prototype = Object.getPrototypeOf(value);
      const isPlain = isArray ? prototype === Array.prototype : prototype === Object.prototype || prototype === null;
      if (!isPlain) return this.#exotic(value, name, expected);
      // A captured tree that is handed back. Where an earlier value is expected, comparing finds it as well.
      const node = expected === undefined ? nodeOf(value) : undefined;
      if (node !== undefined) return node;
    }
    return isArray
      ? this.#array(value, name, expected, parted)
      : this.#object(value as Source, name, expected, this.#polluted, true, parted);
  }

  #exotic(value: object, name: string | number, expected: JsonNode | undefined): JsonNode {
    const replacement = replacementOf(value, this.#budget.maxKeys);
    if (replacement !== value) return this.#replaced(replacement, name, expected);
    let toJson: (() => unknown) | undefined;
    try {
      toJson = toJsonOf(value);
    } catch (error) {
      return markThrown(error);
    }
    if (toJson !== undefined) return this.#fromToJson(value, toJson, name, expected);
    const primitive = unboxed(value);
    return primitive === undefined ? this.#replaced(value, name, expected) : this.#value(primitive, name);
  }

  #fromToJson(value: object, toJson: () => unknown, name: string | number, expected: JsonNode | undefined): JsonNode {
    let result: unknown;
    try {
      result = this.#time.charge(() => Reflect.apply(toJson, value, [String(name)]));
      if (this.#time.isUsedUp) this.#spending.isOver = true;
    } catch (error) {
      return markThrown(error);
    }
    if (typeof result !== "object" || result === null) return this.#value(result, name);
    return this.#replaced(result === value ? value : replacementOf(result, this.#budget.maxKeys), name, expected);
  }

  #replaced(replacement: Replacement, name: string | number, expected: JsonNode | undefined): JsonNode {
    if (typeof replacement === "string") return this.#spending.text(replacement);
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
    parted: Parted = UNCOMPARED,
  ): JsonNode {
    if (this.#memory === undefined || this.#arrayDepth > 0) {
      return this.#properties(source, isObjectNode(expected) ? expected : undefined, guarded, asks, parted);
    }
    const node = this.#properties(source, undefined, guarded, asks, UNCOMPARED);
    if (!isObjectNode(node) || bytesOf(node) < REMEMBERED_BYTES) return node;
    return this.#memory.sharedObject(name, node);
  }

  #properties(
    source: Source,
    known: ObjectNode | undefined,
    guarded: boolean,
    asks: boolean,
    parted: Parted,
  ): JsonNode {
    const base = this.#stack.begin();
    if (parted !== UNCOMPARED) this.#stack.recall(known!, parted.same);
    let read = 0;
    for (const name in parted === UNCOMPARED ? source : parted.rest) {
      if ((++read & 7) === 0) this.#time.slice();
      const kept = this.#stack.top - base;
      if (this.#spending.isOver || kept >= this.#budget.maxKeys) {
        this.#stack.push(TRUNCATED_KEY, this.#spending.cut(`properties after the first ${kept}`));
        break;
      }
      const here = name === parted.name ? parted : undefined;
      let node: JsonNode;
      try {
        if (guarded && !hasOwn.call(source, name)) continue;
        const value = this.#read(source, name, here);
        if (value === undefined) {
          this.#spending.take(1, 0);
          continue;
        }
        if (typeof value === "function" && asks && name === "toJSON") {
          return this.#fromToJson(source, value as () => unknown, this.#path[this.#depth - 1]!, undefined);
        }
        const old = known !== undefined && keysOf(known)[kept] === name ? valueAt(known, kept) : undefined;
        node = this.#value(value, name, old, here?.inner);
      } catch (error) {
        node = markThrown(error);
      }
      this.#stack.push(name, node);
    }
    const node = this.#stack.collect(base, this.#budget.maxKeyBytes);
    this.#spending.take(0, keysBytes(keysOf(node)));
    return known !== undefined && equalNodes(known, node) ? known : node;
  }

  #array(
    source: readonly unknown[],
    name: string | number,
    expected: JsonNode | undefined,
    parted: Parted = UNCOMPARED,
  ): JsonNode {
    if (this.#arrayDepth++ > 0 || this.#memory === undefined) {
      if (!isArrayNode(expected)) return this.#items(source);
      const node = this.#items(source, { node: expected, items: itemsOf(expected) }, parted);
      return equalNodes(expected, node) ? expected : node;
    }
    const known = this.#memory.lastArray(name);
    const node = this.#items(source, known, UNCOMPARED, this.#memory, name);
    if (node !== known?.node && node.bytes >= REMEMBERED_BYTES) this.#memory.rememberArray(name, node);
    return node;
  }

  /** Follows the known array as far as this one is equal to it; the rest is its own. */
  #items(
    source: readonly unknown[],
    expected?: EarlierArray,
    before: Parted = UNCOMPARED,
    memory?: CaptureMemory,
    name: string | number = "",
  ): ArrayNode {
    const length = source.length;
    let known = expected;
    let parted = before;
    let { same } = before;
    let i = same;
    while (known !== undefined && same < known.node.length && i < length && !this.#spending.isOver) {
      // Holes, of which one text stands for many indexes, put the two out of step.
      if (this.#comparison !== undefined && i === same && i !== parted.name) {
        parted = this.#comparison.compareItems(source, known, same, this.#depth);
        i = same = parted.same;
        if (same === known.node.length || i >= length) break;
      }
      if ((i & 63) === 63) this.#time.slice();
      const node = this.#item(source, i, known.items[same], i === parted.name ? parted : undefined);
      i += 1 + this.#skipped;
      if (node !== known.items[same]) {
        const other = memory?.otherArray(name, known, same, node);
        if (other === undefined) return this.#joined(known, same, this.#rest(source, i, known, same, node));
        known = other;
      }
      same++;
    }
    return this.#joined(known, same, i < length ? this.#rest(source, i, undefined, same, undefined) : NO_ITEMS);
  }

  #joined(known: EarlierArray | undefined, same: number, rest: readonly JsonNode[]): ArrayNode {
    const node = joined(known, same, rest);
    this.#spending.take(0, 2 + node.length);
    return node;
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
      if (this.#spending.isOver) {
        items.push(this.#spending.cut(`${length - i} items`));
        break;
      }
      if ((i & 63) === 63) this.#time.slice();
      const node = this.#item(source, i, realign?.expected());
      items.push(realign === undefined ? node : realign.shared(node));
    }
    // A list that grew has room for 16 more: most arrays have fewer items.
    return items.slice();
  }

  /** One item, or a run of holes as one text: then `skipped` says how many more indexes it stands for. */
  #item(source: readonly unknown[], i: number, expected: JsonNode | undefined, parted?: Parted): JsonNode {
    let node: JsonNode;
    let skipped = 0;
    try {
      const value = this.#read(source, i, parted);
      if (value === undefined && !(i in source)) {
        skipped = this.#holesFrom(source, i + 1);
        node = `[Empty: ${skipped + 1} items]`;
      } else node = this.#value(value, i, expected, parted?.inner);
    } catch (error) {
      node = markThrown(error);
    }
    this.#skipped = skipped;
    return node;
  }

  #holesFrom(source: readonly unknown[], from: number): number {
    let next = from;
    while (next < source.length && !this.#spending.isOver && !(next in source)) {
      this.#spending.take(1, 0);
      if ((++next & 1023) === 0) this.#time.slice();
    }
    return next - from;
  }

  /** @param parted where this property was read already, while comparing */
  #read(source: Source | readonly unknown[], name: string | number, parted?: Parted): unknown {
    if (parted?.read !== undefined) return parted.read();
    if (!this.#time.isWatching) return (source as Source)[name];
    const value = this.#time.read(source, name);
    if (this.#time.isUsedUp) this.#spending.isOver = true;
    return value;
  }
}

function numberNode(value: number): number | string {
  return Number.isFinite(value) && !Object.is(value, -0) ? value : markNumber(value);
}
