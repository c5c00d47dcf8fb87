import type { Lane } from "./lane.ts";
import type { CoreRecord, LaneMask, SpanSlot } from "./record.ts";

/**
 * Most spans end while their START stands in the queue, where nobody has read it. It may then become the END where it
 * stands: one record with two entries in the account, which says the same as if the END had been offered and had
 * coalesced the START. No attempt has carried it: nothing is in doubt.
 */
export class RevisionsInPlace<R extends CoreRecord> {
  readonly #lanes: readonly Lane<R>[];
  /** Lanes that take records until they shut down. */
  readonly #takers: LaneMask;

  constructor(lanes: readonly Lane<R>[]) {
    this.#lanes = lanes;
    this.#takers = lanes.reduce((mask, lane) => (lane.state === "closed" ? mask : mask | lane.bit), 0);
  }

  /** The span's newest record, where it stands in the queue of every lane: then it is in no batch, which somebody may read. */
  revisable(slot: SpanSlot<R>): R | undefined {
    return slot.queued === this.#takers ? slot.latest : undefined;
  }

  /**
   * It became the next revision. Answers the record.
   * @param olderBytes what it weighed
   * @param epoch in which the revision came
   */
  revised(slot: SpanSlot<R>, olderBytes: number, epoch: number): R {
    const record = slot.latest!;
    for (const lane of this.#lanes) {
      const isTaken = (this.#takers & lane.bit) !== 0;
      lane.arrive(record, "created", !isTaken);
      if (!isTaken) continue;
      lane.queue.bytes += record.bytes - olderBytes;
      lane.account.revised(record, epoch);
    }
    record.epoch = epoch;
    return record;
  }
}
