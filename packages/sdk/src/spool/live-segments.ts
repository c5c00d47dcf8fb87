import type { LaneTable } from "./lane-table.ts";
import { countLanes } from "./lane-table.ts";
import type { NumberedEntry } from "./segment.ts";
import type { SeqRange } from "./seq-set.ts";

/** A segment that this process wrote. */
export interface LiveSegment {
  readonly path: string;
  readonly ordinal: number;
  /** Names the file itself, to notice when it was deleted or replaced. */
  readonly identity: string;
  readonly firstSeq: number;
  /** The last record in it; less than `firstSeq` while it is empty. */
  lastSeq: number;
  /** Up to here its bytes are written or being written. */
  endAt: number;
  /** (Record, lane) pairs that are still to be settled. */
  unsettled: number;
  /** Nothing more is written to it. */
  isSealed: boolean;
}

/** The segments of one incarnation in the order of their numbers, and which of them may go. */
export class LiveSegments {
  readonly #lanes: LaneTable;
  /** Ascending and disjoint in `firstSeq`..`lastSeq`. */
  #segments: LiveSegment[] = [];
  /** To be deleted: given up, their records being written again elsewhere, or settled and not deletable before. */
  #abandoned: LiveSegment[] = [];

  constructor(lanes: LaneTable) {
    this.#lanes = lanes;
  }

  get all(): readonly LiveSegment[] {
    return this.#segments;
  }

  /** True when no file is left that this incarnation made and has not deleted. */
  get isEmpty(): boolean {
    return this.#segments.length === 0 && this.#abandoned.length === 0;
  }

  get bytes(): number {
    return [...this.#segments, ...this.#abandoned].reduce((sum, segment) => sum + segment.endAt, 0);
  }

  add(segment: LiveSegment): void {
    this.#segments.push(segment);
  }

  /** Entries were laid into the segment. */
  extend(segment: LiveSegment, entries: readonly NumberedEntry[], bytes: number): void {
    segment.lastSeq = entries.at(-1)!.seq;
    segment.endAt += bytes;
    for (const entry of entries) segment.unsettled += countLanes(this.#lanes.unsettled(entry.seq, entry.lanes));
  }

  /** The record was settled in one lane. */
  settleOne(seq: number): void {
    const segment = this.find(seq);
    if (segment !== undefined) segment.unsettled -= 1;
  }

  find(seq: number): LiveSegment | undefined {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#segments[middle]!.firstSeq <= seq) low = middle + 1;
      else high = middle;
    }
    const found = this.#segments[low - 1];
    return found !== undefined && seq <= found.lastSeq ? found : undefined;
  }

  /** Seals a segment whose end can't be trusted: `entries`, its last ones, will be written elsewhere. */
  giveUpEnd(segment: LiveSegment, entries: readonly NumberedEntry[]): void {
    segment.isSealed = true;
    const moved = entries.filter(({ seq }) => seq >= segment.firstSeq && seq <= segment.lastSeq);
    for (const entry of moved) segment.unsettled -= countLanes(this.#lanes.unsettled(entry.seq, entry.lanes));
    if (moved.length > 0) segment.lastSeq = moved[0]!.seq - 1;
    if (segment.lastSeq >= segment.firstSeq) return;
    this.#segments = this.#segments.filter((other) => other !== segment);
    this.#abandoned.push(segment);
  }

  /** Deleting it failed: it is removable again. */
  keepForLater(segment: LiveSegment): void {
    this.#abandoned.push(segment);
  }

  /** Forgets all segments, whose files are gone, and answers which numbers they held. */
  forgetAll(): SeqRange[] {
    const held = this.#segments
      .filter(({ unsettled }) => unsettled > 0)
      .map(({ firstSeq, lastSeq }) => ({ first: firstSeq, last: lastSeq }));
    this.#segments = [];
    this.#abandoned = [];
    return held;
  }

  /** Segments that nobody needs any more; they are forgotten here and for the caller to delete. */
  takeRemovable(): LiveSegment[] {
    if (this.#abandoned.length === 0 && !this.#segments.some(isRemovable)) return [];
    const removable = [...this.#abandoned, ...this.#segments.filter(isRemovable)];
    this.#segments = this.#segments.filter((segment) => !isRemovable(segment));
    this.#abandoned = [];
    return removable;
  }
}

function isRemovable({ isSealed, unsettled }: LiveSegment): boolean {
  return isSealed && unsettled === 0;
}
