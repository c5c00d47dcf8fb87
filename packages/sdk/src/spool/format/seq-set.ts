/**
 * A set of sequence numbers kept as ranges. What is settled is nearly always one long run with a few holes near its
 * end, so the size follows the holes and not the numbers.
 */
export interface SeqRange {
  readonly first: number;
  readonly last: number;
}

export class SeqSet {
  /** Ascending, disjoint, never adjacent. */
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  static of(ranges: Iterable<SeqRange>): SeqSet {
    const set = new SeqSet();
    for (const range of ranges) set.addRange(range.first, range.last);
    return set;
  }

  get ranges(): SeqRange[] {
    return this.#firsts.map((first, index) => ({ first, last: this.#lasts[index]! }));
  }

  get rangeCount(): number {
    return this.#firsts.length;
  }

  /** How many numbers are in the set. */
  get size(): number {
    return this.#firsts.reduce((sum, first, index) => sum + this.#lasts[index]! - first + 1, 0);
  }

  has(seq: number): boolean {
    const index = this.#indexAtOrBefore(seq);
    return index >= 0 && seq <= this.#lasts[index]!;
  }

  /** True when the number was not there before. */
  add(seq: number): boolean {
    const end = this.#lasts.length - 1;
    if (end >= 0 && seq === this.#lasts[end]! + 1) {
      this.#lasts[end] = seq;
      return true;
    }
    if (this.has(seq)) return false;
    this.addRange(seq, seq);
    return true;
  }

  addRange(first: number, last: number): void {
    if (last < first) return;
    let from = this.#indexAtOrBefore(first);
    if (from < 0 || this.#lasts[from]! < first - 1) from += 1;
    let to = from;
    let low = first;
    let high = last;
    while (to < this.#firsts.length && this.#firsts[to]! <= last + 1) {
      low = Math.min(low, this.#firsts[to]!);
      high = Math.max(high, this.#lasts[to]!);
      to += 1;
    }
    this.#firsts.splice(from, to - from, low);
    this.#lasts.splice(from, to - from, high);
  }

  /** The ranges within [first, last] that are not in the set. */
  missing(first: number, last: number): SeqRange[] {
    const holes: SeqRange[] = [];
    let next = first;
    for (
      let index = Math.max(0, this.#indexAtOrBefore(first));
      index < this.#firsts.length && next <= last;
      index += 1
    ) {
      if (this.#firsts[index]! > next) holes.push({ first: next, last: Math.min(last, this.#firsts[index]! - 1) });
      next = Math.max(next, this.#lasts[index]! + 1);
    }
    if (next <= last) holes.push({ first: next, last });
    return holes;
  }

  #indexAtOrBefore(seq: number): number {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firsts[middle]! <= seq) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

export function countSeqs(ranges: readonly SeqRange[]): number {
  return ranges.reduce((sum, range) => sum + range.last - range.first + 1, 0);
}
