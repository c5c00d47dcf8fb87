import { type RandomSource, seededRandom } from "everspan/internals";

/** Draws from one seeded source. Two sources of the same seed and salt give the same draws on every machine. */
export class Draws {
  readonly #next: RandomSource;

  constructor(seed: number, ...salts: readonly number[]) {
    let mixed = seed | 0;
    for (const salt of salts) mixed = Math.imul(mixed ^ salt, 0x9e3779b1) ^ (mixed >>> 15);
    this.#next = seededRandom(mixed);
  }

  /** In [0, 1). */
  fraction(): number {
    return this.#next();
  }

  /** A whole number in [least, most]. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  /** Any number in [least, most): times are fractional, as those of `performance.now` are. */
  between(least: number, most: number): number {
    return least + this.#next() * (most - least);
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#next() * choices.length)]!;
  }
}
