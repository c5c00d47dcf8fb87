interface Entry<V> {
  readonly value: V;
  readonly weight: number;
}

/**
 * A map by text that never weighs more than its bound: entries used longest ago make room for new ones. `set` and `get`
 * are uses, `has` is none.
 */
export class BoundedMap<V> {
  readonly maxWeight: number;
  /** In the order of their last use, the longest ago first. */
  readonly #entries = new Map<string, Entry<V>>();
  #weight = 0;

  /** @param maxWeight in the unit of the weights that `set` is given; a number of entries where it is given none */
  constructor(maxWeight: number) {
    this.maxWeight = maxWeight;
  }

  /** The sum of what is held. */
  get weight(): number {
    return this.#weight;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** What alone weighs more than the bound is not held. */
  set(key: string, value: V, weight = 1): void {
    this.delete(key);
    if (weight > this.maxWeight) return;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.maxWeight) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}
