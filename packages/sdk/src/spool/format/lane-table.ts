import { type LaneAccount, type LaneState, laneHash } from "./ledger-file.ts";
import { SeqSet } from "./seq-set.ts";

/** The lanes of one incarnation and what is settled in each. A lane is one bit of a record's lane mask. */

export class LaneTable {
  readonly names: readonly string[];
  readonly #bits: ReadonlyMap<string, number>;
  readonly #hashes: readonly string[];
  readonly #settled: readonly SeqSet[];
  /** The mask of a record that concerns every lane. */
  readonly all: number;

  constructor(names: readonly string[], settled: readonly SeqSet[] = names.map(() => new SeqSet())) {
    this.names = names;
    this.#bits = new Map(names.map((name, index) => [name, index]));
    this.#hashes = names.map(laneHash);
    this.#settled = settled;
    this.all = names.reduce((mask, _, index) => mask | (1 << index), 0);
  }

  /** Names that are no lane of this incarnation count for nothing. */
  maskOf(names: Iterable<string>): number {
    let mask = 0;
    for (const name of names) {
      const bit = this.#bits.get(name);
      if (bit !== undefined) mask |= 1 << bit;
    }
    return mask;
  }

  /** What is not meant for a lane is settled there from the start. */
  markUnconcerned(seq: number, mask: number): void {
    const others = this.all & ~mask;
    for (let bit = 0; others >>> bit !== 0; bit += 1) {
      if ((others >>> bit) & 1) this.#settled[bit]!.add(seq);
    }
  }

  /** True when this settled it; false when it was settled before, or the lane is unknown. */
  settle(lane: string, seq: number): boolean {
    const bit = this.#bits.get(lane);
    return bit !== undefined && this.#settled[bit]!.add(seq);
  }

  /** The lanes of `mask` in which the record is not settled, as a mask. */
  unsettled(seq: number, mask: number): number {
    let left = 0;
    for (let bit = 0; mask >>> bit !== 0; bit += 1) {
      if ((mask >>> bit) & 1 && !this.#settled[bit]?.has(seq)) left |= 1 << bit;
    }
    return left;
  }

  settledIn(lane: string): SeqSet | undefined {
    const bit = this.#bits.get(lane);
    return bit === undefined ? undefined : this.#settled[bit];
  }

  namesOf(mask: number): string[] {
    return this.names.filter((_, bit) => (mask >>> bit) & 1);
  }

  accounts(stateOf: (lane: string) => LaneState): LaneAccount[] {
    return this.names.map((name, bit) => ({
      laneHash: this.#hashes[bit]!,
      ...stateOf(name),
      settled: this.#settled[bit]!,
    }));
  }
}

export function countLanes(mask: number): number {
  let count = 0;
  for (let rest = mask >>> 0; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
