import { type DropReason, LaneLedger } from "../../contract/ledger.ts";
import type { Batch } from "./batch.ts";
import { EpochCounts } from "./epoch-counts.ts";
import type { CoreDisk, CoreMemory, CoreRecord } from "./record.ts";

/** What the lanes of one core have in common. */
export interface SharedByLanes<R extends CoreRecord> {
  readonly memory: CoreMemory<R>;
  readonly disk: CoreDisk<R> | undefined;
  /** Records that at least one lane holds. */
  heldRecords: number;
  /** A lane that holds more than this in its queue may use all its `maxConcurrency` requests. */
  readonly pressed: { readonly records: number; readonly bytes: number };
  /** Nothing is sent before, while the code that sends is not there: minus infinity until it is asked for. */
  sendsFromMs: number;
  newBatchId(): number;
}

/**
 * Keeps one lane's ledger. Each method is one transition of a record: it moves the ledger, tells the disk and lets go
 * of the memory in the same turn. Nothing but this and `disk-account.ts` writes a ledger; `scripts/ledger-writers.mjs`
 * holds that.
 */
export class LaneAccount<R extends CoreRecord> {
  readonly ledger = new LaneLedger();
  readonly #laneIndex: number;
  readonly #shared: SharedByLanes<R>;
  /** Pending records by flush epoch. */
  readonly #pending = new EpochCounts();

  constructor(laneIndex: number, shared: SharedByLanes<R>) {
    this.#laneIndex = laneIndex;
    this.#shared = shared;
  }

  // ---- What comes

  arrived(origin: "created" | "recovered"): void {
    this.ledger[origin] += 1;
  }

  /** Records wait before the queue (tail sampling holds their trace), or, negative, wait there no longer. */
  held(records: number): void {
    this.ledger.created += records;
    this.ledger.queued += records;
  }

  /** A record of this process that is lost before any lane could take it. */
  lostBeforeOffer(reason: DropReason): void {
    this.ledger.created += 1;
    this.ledger.dropped[reason] += 1;
  }

  /** A record that has arrived and that no lane takes. */
  refused(record: R, reason: DropReason): void {
    this.ledger.dropped[reason] += 1;
    this.#shared.disk?.settled(this.#laneIndex, record, "dropped", false);
  }

  /** A record took its place in the queue, or behind an older one. */
  accepted(record: R): void {
    this.#pending.count(record.epoch, 1);
    this.ledger.queued += 1;
  }

  // ---- Between the places in memory

  sent({ size, records }: Batch<R>): void {
    this.ledger.queued -= size;
    this.ledger.inFlight += size;
    for (const record of records) this.#shared.disk?.doubted(this.#laneIndex, record, true);
  }

  /** An attempt ended without settling its records: they count as queued until they are sent again, or settled. */
  landed({ size, records, slots }: Batch<R>): void {
    this.ledger.inFlight -= size;
    this.ledger.queued += size;
    slots.forEach(({ ambiguous }, at) => {
      if (((ambiguous >>> this.#laneIndex) & 1) === 0) this.#shared.disk?.doubted(this.#laneIndex, records[at]!, false);
    });
  }

  /** The claim on a record passes to its copy without payloads. */
  shed(record: R, copy: R): void {
    this.ledger.shedPayloads += 1;
    copy.holders += 1;
    this.#pending.count(copy.epoch, 1);
    this.#leave(record);
  }

  // ---- How a queued record ends

  delivered(record: R): void {
    this.ledger.queued -= 1;
    this.ledger.delivered += 1;
    this.#shared.disk?.settled(this.#laneIndex, record, "delivered", false);
    this.#leave(record);
  }

  /** A newer record of its span says all that it said. */
  coalesced(record: R, maybeDelivered: boolean): void {
    this.ledger.queued -= 1;
    this.ledger.coalesced += 1;
    this.#mayHaveArrived(maybeDelivered);
    this.#shared.disk?.settled(this.#laneIndex, record, "coalesced", maybeDelivered);
    this.#leave(record);
  }

  /** A queued record became the next one of its span, accepted in this epoch: as if that had come and coalesced it. */
  revised(record: R, epoch: number): void {
    this.ledger.coalesced += 1;
    if (record.epoch === epoch) return;
    this.#pending.count(record.epoch, -1);
    this.#pending.count(epoch, 1);
  }

  dropped(record: R, reason: DropReason, maybeDelivered: boolean): void {
    this.ledger.queued -= 1;
    this.ledger.dropped[reason] += 1;
    this.#mayHaveArrived(maybeDelivered);
    this.#shared.disk?.settled(this.#laneIndex, record, "dropped", maybeDelivered);
    this.#leave(record);
  }

  /** The disk keeps the record: it leaves its place in memory and stays pending. */
  spilled(record: R, isFinal: boolean): void {
    this.ledger.queued -= 1;
    this.ledger.spooled += 1;
    this.#shared.disk!.spilled(this.#laneIndex, record, isFinal);
    this.#leave(record);
  }

  /** Whether an attempt without an answer may have delivered what was dropped or coalesced. */
  #mayHaveArrived(maybeDelivered: boolean): void {
    if (maybeDelivered) this.ledger.maybeDelivered += 1;
  }

  /** This lane needs the record no longer. */
  #leave(record: R): void {
    this.#pending.count(record.epoch, -1);
    record.holders -= 1;
    if (record.holders > 0) return;
    this.#shared.heldRecords -= 1;
    this.#shared.memory.release(record);
  }

  // ---- Flush epochs

  openEpoch(): void {
    this.#pending.open();
  }

  /** True when everything offered up to and including the epoch is delivered or counted. */
  isSettledThrough(epoch: number): boolean {
    return this.#pending.isSettledThrough(epoch);
  }
}
