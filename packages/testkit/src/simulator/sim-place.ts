import type { Offer } from "./plan.ts";

/** Where one record lies on the modelled disk, and which lanes it still matters to. */
export class SimPlace {
  readonly offer: Offer;
  /** Left by an earlier process: it lies there already, and is read once in this life. */
  readonly isOrphan: boolean;
  /** The revision of its span before it. */
  readonly older: SimPlace | undefined;
  /** `refused`: the disk was full or away when its turn came, and it has none again. */
  state: "waiting" | "written" | "refused";
  /** Lanes that are not done with it. */
  openLanes: number;
  /** Lanes that gave its place in memory away. */
  spilledLanes = 0;
  /** Lanes in which it may have been delivered without an answer. */
  doubtfulLanes = 0;
  wasReadBack = false;
  /** A newer revision of its span was offered. */
  hasNewer = false;

  constructor(offer: Offer, lanes: number, older: SimPlace | undefined, isOrphan = false) {
    this.offer = offer;
    this.openLanes = lanes;
    this.older = older;
    this.isOrphan = isOrphan;
    this.state = isOrphan ? "written" : "waiting";
  }

  get name(): string {
    return `${this.offer.span} revision ${this.offer.revision}`;
  }

  get bytes(): number {
    return this.offer.ownBytes + this.offer.blobBytes;
  }

  /** STARTs stay where they are until their END says all that they said. */
  get mayBeReadBack(): boolean {
    return !this.isOrphan && this.offer.phase === "ended";
  }

  /** An older revision is still on its way in one of the lanes: this one may not come back before it. */
  get isBehindOlder(): boolean {
    for (let older = this.older; older !== undefined; older = older.older) {
      if ((older.openLanes & ~older.spilledLanes & this.spilledLanes) !== 0) return true;
    }
    return false;
  }
}
