import { type LaneDoubt, SeqSet } from "../../spool/index.ts";
import type { OwnPlace } from "./own-place.ts";

/** Which of this process's records may have been delivered without an answer, by lane: for the account on disk. */
export class Doubts {
  readonly #lanes: { readonly places: Set<OwnPlace>; maybeDelivered: number; known: LaneDoubt | undefined }[];

  constructor(lanes: number) {
    this.#lanes = Array.from({ length: lanes }, () => ({ places: new Set(), maybeDelivered: 0, known: undefined }));
  }

  note(place: OwnPlace, lane: number): void {
    const doubt = this.#lanes[lane]!;
    if (((place.doubtfulLanes >>> lane) & 1) === 0) doubt.places.delete(place);
    else doubt.places.add(place);
    doubt.known = undefined;
  }

  /** A place has another number. */
  renumbered(place: OwnPlace): void {
    for (const [lane, doubt] of this.#lanes.entries()) {
      if (((place.doubtfulLanes >>> lane) & 1) !== 0) doubt.known = undefined;
    }
  }

  ended(lane: number): void {
    const doubt = this.#lanes[lane]!;
    doubt.maybeDelivered += 1;
    doubt.known = undefined;
  }

  of(lane: number): LaneDoubt {
    const doubt = this.#lanes[lane]!;
    doubt.known ??= doubtOf(doubt.places, doubt.maybeDelivered);
    return doubt.known;
  }
}

function doubtOf(places: ReadonlySet<OwnPlace>, maybeDelivered: number): LaneDoubt {
  const seqs: number[] = [];
  let unnumbered = 0;
  for (const { seq } of places) {
    if (seq > 0) seqs.push(seq);
    else unnumbered += 1;
  }
  const set = new SeqSet();
  for (const seq of seqs.sort((a, b) => a - b)) set.add(seq);
  return { seqs: set, unnumbered, maybeDelivered };
}
