import type { SpanPhase } from "@everspan/protocol";
import type { CoreMemory, CoreRecord } from "everspan/internals";
import type { Offer } from "./plan.ts";
import { must } from "./violation.ts";

/** Below this a payload is not worth a marker. */
const MIN_PAYLOAD_TO_SHED_BYTES = 1_024;
const MARKER_BYTES = 64;

/** One offered snapshot, as the model sees it: its own bytes, and shared ones that several snapshots point to. */
export class SimRecord implements CoreRecord {
  readonly offer: Offer;
  readonly ownBytes: number;
  readonly blobBytes: number;
  readonly isLight: boolean;
  holders = 0;
  epoch = 0;
  offeredAtMs = 0;

  constructor(offer: Offer, isLight = false) {
    this.offer = offer;
    this.isLight = isLight;
    this.ownBytes = isLight ? Math.min(offer.ownBytes, MIN_PAYLOAD_TO_SHED_BYTES) + MARKER_BYTES : offer.ownBytes;
    this.blobBytes = isLight ? 0 : offer.blobBytes;
  }

  get id(): string {
    return this.offer.span;
  }

  get phase(): SpanPhase {
    return this.offer.phase;
  }

  get bytes(): number {
    return this.ownBytes + this.blobBytes;
  }

  /** Greater for what a store lets win: ended beats started, then the higher revision. */
  get rank(): number {
    return rankOf(this.offer);
  }
}

export function rankOf(offer: Offer): number {
  return (offer.phase === "ended" ? 1_000_000 : 0) + offer.revision;
}

/** Memory in which a blob counts once, however many revisions share it. Holding twice or letting go twice is an error. */
export class SimMemory implements CoreMemory<SimRecord> {
  bytes = 0;
  readonly held = new Set<SimRecord>();
  readonly #sharers = new Map<number, number>();

  hold(revision: SimRecord): void {
    must(!this.held.has(revision), "memory", () => `${revision.id} is held twice`);
    this.held.add(revision);
    this.bytes += revision.ownBytes;
    if (revision.blobBytes === 0) return;
    const sharers = this.#sharers.get(revision.offer.blob) ?? 0;
    if (sharers === 0) this.bytes += revision.blobBytes;
    this.#sharers.set(revision.offer.blob, sharers + 1);
  }

  release(revision: SimRecord): void {
    must(this.held.delete(revision), "memory", () => `${revision.id} is let go of but was not held`);
    this.bytes -= revision.ownBytes;
    if (revision.blobBytes === 0) return;
    const sharers = this.#sharers.get(revision.offer.blob)! - 1;
    this.#sharers.set(revision.offer.blob, sharers);
    if (sharers === 0) this.bytes -= revision.blobBytes;
  }

  shed(revision: SimRecord): SimRecord | undefined {
    if (revision.isLight || revision.bytes < MIN_PAYLOAD_TO_SHED_BYTES) return undefined;
    return new SimRecord(revision.offer, true);
  }
}
