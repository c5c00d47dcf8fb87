/**
 * Tells whether a payload is what is expected in its place, and does nothing else while it is: no node is made, and
 * nothing is kept in mind but how far the comparison has come. That is what makes a conversation of a thousand messages
 * cheap to capture again.
 *
 * Where the two part, what was read up to there is handed back and the walk goes on from it: no property is read twice.
 */
import type { CaptureBudget } from "./budget.ts";
import type { EarlierArray } from "./continue-array.ts";
import type { Source } from "./exotic.ts";
import type { ForeignTime } from "./foreign-time.ts";
import { FrozenItems, frozenValues } from "./frozen-items.ts";
import {
  type ArrayNode,
  bytesOf,
  type ContainerNode,
  isContainer,
  isObjectNode,
  type JsonNode,
  keysOf,
  type ObjectNode,
  valueAt,
} from "./nodes.ts";
import { type Parted, UNCOMPARED } from "./parted.ts";
import type { Spending } from "./spending.ts";

/** Four times as many as of a walk: what is equal was read within the time of an earlier one. */
const SLICE_CONTAINERS = 64;
/** As `bytesOf` counts, an item with its comma has this, and a property more. */
const MIN_VALUE_BYTES = 3;
const MAX_ABSENT = 64;
/** Of an object with more properties to come than these, the walk begins at the first. */
const MAX_UNREAD = 1000;
/** One item in so many is asked whether it is frozen: who freezes one message freezes them all. */
const SAMPLED_ITEMS = 64;

/**
 * What is found equal is taken off the budget as if it had been walked. While the time is watched nothing is compared: each
 * property must be asked then whether code stands behind it.
 */
export class Comparison {
  readonly #time: ForeignTime;
  readonly #spending: Spending;
  readonly #maxDepth: number;
  readonly #maxKeys: number;
  /** Containers until the clock is looked at. */
  #untilSlice = 0;
  /** Properties without a value that are passed by: of what is expected nothing says how many there are. */
  #absentLeft = 0;

  constructor(time: ForeignTime, spending: Spending, { maxDepth, maxKeys }: CaptureBudget) {
    this.#time = time;
    this.#spending = spending;
    this.#maxDepth = maxDepth;
    this.#maxKeys = maxKeys;
  }

  /**
   * @param depth of `value` in the payload
   * @returns undefined when `value` is what was expected
   */
  compare(value: object, expected: ContainerNode, depth: number): Parted | undefined {
    const bytes = bytesOf(expected);
    if (!this.#isOn(bytes) || bytes >= this.#roomBytes()) return UNCOMPARED;
    const parted = this.#part(value, expected, depth);
    if (typeof parted !== "number") return parted;
    this.#spending.take(parted, bytes);
    return undefined;
  }

  /** As `compare`, of an array that may go on where the earlier one ends. The items before `from` are the same. */
  compareItems(source: readonly unknown[], earlier: EarlierArray, from: number, depth: number): Parted {
    const { node, items } = earlier;
    if (!this.#isOn(node.bytes)) return { same: from };
    const parted = this.#items(source, node, items, from, depth, earlier);
    if (typeof parted !== "number") return parted;
    this.#spending.take(parted, bytesBetween(node, items, from, node.length));
    return { same: node.length };
  }

  #isOn(bytes: number): boolean {
    return bytes < this.#spending.bytesLeft && !this.#spending.isOver && !this.#time.isWatching;
  }

  /** The size of what has, whatever it is, at most as many values as are left: what is larger is walked, and cut at its end. */
  #roomBytes(): number {
    this.#absentLeft = MAX_ABSENT;
    return (this.#spending.valuesLeft - MAX_ABSENT) * MIN_VALUE_BYTES;
  }

  /** @returns how many values are in it when all are the same */
  #part(value: object, expected: ContainerNode, depth: number): Parted | number {
    if ((--this.#untilSlice < 0 && this.#mustStop()) || depth >= this.#maxDepth) return UNCOMPARED;
    try {
      const prototype = Object.getPrototypeOf(value);
      if (isObjectNode(expected)) {
        return prototype === Object.prototype || prototype === null
          ? this.#object(value as Source, expected, depth)
          : UNCOMPARED;
      }
      return prototype === Array.prototype && Array.isArray(value) && expected.prefix === undefined
        ? this.#items(value, expected, expected.items, 0, depth)
        : UNCOMPARED;
    } catch {
      // A Proxy's, or the stack is used up: the walk meets it again, and marks it.
      return UNCOMPARED;
    }
  }

  #object(source: Source, expected: ObjectNode, depth: number): Parted | number {
    const keys = keysOf(expected);
    const { length } = keys;
    let same = 0;
    let values = 0;
    let absent = 0;
    let unread = 0;
    let parted: Parted | undefined;
    for (const name in source) {
      if (parted !== undefined) {
        if (++unread > MAX_UNREAD) return UNCOMPARED;
        parted.rest![name] = true;
        continue;
      }
      if (((same + absent) & 7) === 7 && this.#isWatched()) {
        parted = { same, name, rest: restFrom(name) };
        continue;
      }
      let value: unknown;
      let inner: Parted | undefined;
      try {
        value = source[name];
      } catch (error) {
        parted = failedAt(same, name, error);
        continue;
      }
      if (same < length && keys[same] === name) {
        const old = valueAt(expected, same);
        if (typeof value !== "object" || value === null) {
          if (isSame(value, old)) {
            same++;
            continue;
          }
        } else if (isContainer(old)) {
          const inside = this.#part(value, old, depth + 1);
          if (typeof inside === "number") {
            values += inside;
            same++;
            continue;
          }
          inner = inside;
        }
      }
      if (value === undefined && same < this.#maxKeys && this.#absentLeft-- > 0) absent++;
      else parted = partedAt(same, name, value, inner);
    }
    if (parted === undefined && same < length) parted = { same };
    values += same + absent;
    if (parted === undefined) return values;
    let bytes = 0;
    for (let i = 0; i < same; i++) bytes += bytesOf(valueAt(expected, i));
    this.#spending.take(values, bytes);
    return parted;
  }

  #items(
    source: readonly unknown[],
    node: ArrayNode,
    items: readonly JsonNode[],
    from: number,
    depth: number,
    earlier?: EarlierArray,
  ): Parted | number {
    const { length } = node;
    const given = source.length;
    let parted = given < length ? { same: given } : given > length ? { same: length } : undefined;
    const roomBytes = earlier === undefined ? Number.POSITIVE_INFINITY : this.#roomBytes();
    let values = 0;
    let i = from;
    for (; i < length && i < given; i++) {
      if ((i & 63) === 63 && this.#isWatched()) {
        parted = { same: i };
        break;
      }
      let value: unknown;
      try {
        value = source[i];
      } catch (error) {
        parted = failedAt(i, i, error);
        break;
      }
      const old = items[i]!;
      const isContained = typeof value === "object" && value !== null;
      const frozen = earlier?.frozen;
      if (isContained && frozen?.has(i, value as object) === true) {
        const among = values + frozen.valuesOf(i);
        if ((among + i - from) * MIN_VALUE_BYTES < roomBytes) {
          values = among;
          continue;
        }
      }
      // The items of what is remembered are asked one by one, those of what lies within were asked with it.
      if (earlier !== undefined && bytesOf(old) + (values + i - from) * MIN_VALUE_BYTES >= roomBytes) {
        parted = partedAt(i, i, value, isContained ? UNCOMPARED : undefined);
        break;
      }
      if (!isContained) {
        if (isSame(value, old)) continue;
        parted = partedAt(i, i, value);
        break;
      }
      const inside = isContainer(old) ? this.#part(value as object, old, depth + 1) : UNCOMPARED;
      if (typeof inside !== "number") {
        parted = partedAt(i, i, value, inside);
        break;
      }
      values += inside;
      if (earlier !== undefined && (frozen?.isLikely === true || i % SAMPLED_ITEMS === 0))
        learn(earlier, i, value as object);
    }
    values += i - from;
    if (parted === undefined) return values;
    this.#spending.take(values, bytesBetween(node, items, from, i));
    return parted;
  }

  #mustStop(): boolean {
    this.#untilSlice = SLICE_CONTAINERS;
    return this.#isWatched();
  }

  #isWatched(): boolean {
    this.#time.slice();
    return this.#time.isWatching;
  }
}

/**
 * Without the brackets and commas, which the walk takes off at the array's end.
 *
 * @param items all of the node's, the prefixes' included
 */
function bytesBetween(node: ArrayNode, items: readonly JsonNode[], from: number, to: number): number {
  if (from === 0 && to === node.length) return node.bytes - 2 - to;
  let bytes = 0;
  for (let i = from; i < to; i++) bytes += bytesOf(items[i]!);
  return bytes;
}

/** @param item found equal to what is remembered at this index, by reading all of it */
function learn(earlier: EarlierArray, index: number, item: object): void {
  const values = frozenValues(item);
  if (values !== undefined) {
    earlier.frozen ??= new FrozenItems();
    earlier.frozen.keep(index, item, values);
  } else if (earlier.frozen !== undefined) earlier.frozen.isLikely = false;
}

function partedAt(same: number, name: string | number, value: unknown, inner?: Parted): Parted {
  return { same, name, rest: restFrom(name), inner, read: () => value };
}

/** @param error what reading the property threw */
function failedAt(same: number, name: string | number, error: unknown): Parted {
  const read = () => {
    throw error;
  };
  return { same, name, rest: restFrom(name), read };
}

function restFrom(name: string | number): Record<string, true> {
  return Object.assign(Object.create(null), { [name]: true });
}

/** Of what is no container. What is marked (`NaN`, a function) is never its mark, but for -0, which equals 0 here. */
function isSame(value: unknown, old: JsonNode): boolean {
  return value === old && (typeof value !== "number" || value !== 0 || 1 / value > 0);
}
