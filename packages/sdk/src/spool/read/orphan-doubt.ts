import type { Doubt } from "../format/doubt.ts";
import { SeqSet } from "../format/seq-set.ts";

/** What of a dead process's records may have been delivered: by its own attempts, and by those of its adopter. */
export class OrphanDoubt {
  readonly #lanes = new Map<
    string,
    { readonly before: SeqSet; unnumbered: number; readonly now: Set<number>; known: Doubt | undefined }
  >();

  /** @param doubtAt what its ledger says of the lane with this bit */
  constructor(lanes: readonly string[], doubtAt: (bit: number) => Doubt) {
    for (const [bit, name] of lanes.entries()) {
      const { seqs, unnumbered } = doubtAt(bit);
      this.#lanes.set(name, { before: seqs, unnumbered, now: new Set(), known: undefined });
    }
  }

  has(lane: string, seq: number): boolean {
    const doubt = this.#lanes.get(lane);
    return doubt !== undefined && (doubt.before.has(seq) || doubt.now.has(seq));
  }

  /** False when it was in doubt before. */
  add(lane: string, seq: number): boolean {
    const doubt = this.#lanes.get(lane);
    if (doubt === undefined || this.has(lane, seq)) return false;
    doubt.now.add(seq);
    doubt.known = undefined;
    return true;
  }

  /** The adopter's own attempt is over. What the dead process left in doubt stays so until it is settled. */
  delete(lane: string, seq: number): boolean {
    const doubt = this.#lanes.get(lane);
    if (doubt?.now.delete(seq) !== true) return false;
    doubt.known = undefined;
    return true;
  }

  /** Those of the lanes in which the record is in doubt. */
  lanesOf(seq: number, lanes: readonly string[]): string[] {
    return lanes.filter((lane) => this.has(lane, seq));
  }

  forgetUnnumbered(lane: string): void {
    const doubt = this.#lanes.get(lane);
    if (doubt === undefined) return;
    doubt.unnumbered = 0;
    doubt.known = undefined;
  }

  of(lane: string): Doubt {
    const doubt = this.#lanes.get(lane)!;
    doubt.known ??= { seqs: withNumbers(doubt.before, doubt.now), unnumbered: doubt.unnumbered };
    return doubt.known;
  }
}

/** A set of its own, with these numbers too. */
function withNumbers(set: SeqSet, numbers: Iterable<number>): SeqSet {
  const all = SeqSet.of(set.ranges);
  for (const seq of [...numbers].sort((a, b) => a - b)) all.add(seq);
  return all;
}
