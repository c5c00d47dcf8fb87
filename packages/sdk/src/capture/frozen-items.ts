/**
 * The items of an array that nobody can change any more: deeply frozen, found equal once, and from then on known by
 * their identity alone. Only of a frozen object does identity say what is in it; of any other each property is read.
 */
import { types } from "node:util";

/** In larger items what is frozen is read each time: asking all of it once would take a noticeable time. */
const MAX_VALUES = 1000;

export class FrozenItems {
  /** The application's own objects, kept as long as what is remembered of them. */
  readonly #sources: (object | undefined)[] = [];
  readonly #values: number[] = [];
  /** Whether the item that was asked last was frozen. */
  isLikely = true;

  /** Whether `item` is the one that was kept at this index. */
  has(index: number, item: object): boolean {
    return index < this.#sources.length && this.#sources[index] === item;
  }

  /** How many values are in the item that was kept at this index. */
  valuesOf(index: number): number {
    return this.#values[index]!;
  }

  keep(index: number, item: object, values: number): void {
    this.isLikely = true;
    while (this.#sources.length < index) {
      this.#sources.push(undefined);
      this.#values.push(0);
    }
    this.#sources[index] = item;
    this.#values[index] = values;
  }
}

/**
 * How many values are in a tree of plain objects and arrays that has no property that can change.
 *
 * @param left how many there may be
 * @returns undefined when one can change, or there are more
 */
export function frozenValues(container: object, left = MAX_VALUES): number | undefined {
  // A Proxy is asked nothing: asking whether it is frozen runs its traps.
  if (types.isProxy(container) || !Object.isFrozen(container)) return undefined;
  let values = 0;
  for (const name in container) {
    const { value, get } = Object.getOwnPropertyDescriptor(container, name)!;
    if (get !== undefined || ++values > left) return undefined;
    if (typeof value !== "object" || value === null) continue;
    const inside = frozenValues(value, left - values);
    if (inside === undefined) return undefined;
    values += inside;
  }
  return values;
}
