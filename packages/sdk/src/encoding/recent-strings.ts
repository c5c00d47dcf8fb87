/**
 * What was found out about strings, for those used last: bounded by their characters, since it holds them. Unlike
 * `BoundedMap`, which keeps its entries in the order of their use by two writes for each read, a read writes nothing
 * here: it is asked for each string of each span. In return it holds between half of its bound and all of it.
 */
const DEFAULT_MAX_CHARACTERS = 4 * 1024 * 1024;

export class RecentStrings<T> {
  /** Of one of the two generations. */
  readonly #maxCharacters: number;
  /** What is used again moves to the young generation, what is not leaves with the old one. */
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #youngCharacters = 0;

  constructor(maxCharacters = DEFAULT_MAX_CHARACTERS) {
    this.#maxCharacters = maxCharacters / 2;
  }

  get(text: string): T | undefined {
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const old = this.#old.get(text);
    if (old !== undefined) this.set(text, old);
    return old;
  }

  /** @param weight what it counts for, when the value holds more than the string */
  set(text: string, value: T, weight = text.length): void {
    if (weight > this.#maxCharacters) return;
    if (this.#youngCharacters + weight > this.#maxCharacters) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCharacters = 0;
    }
    this.#young.set(text, value);
    this.#youngCharacters += weight;
  }
}
