import type { LaneState } from "../contract/account.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { LaneConfig } from "../contract/lane-options.ts";
import type { DropReason, LedgerView } from "../contract/ledger.ts";
import { Backoff, type BackoffOptions, BUSY_BACKOFF, PAUSED_BACKOFF } from "../delivery/core/backoff.ts";
import { Batch } from "../delivery/core/batch.ts";
import { LaneAccount, type SharedByLanes } from "../delivery/core/lane-account.ts";
import type { LaneMask, SpanSlot } from "../delivery/core/record.ts";
import type { SpanRecord } from "../delivery/record/span-record.ts";

/** A record that waits for its batch. */
interface Waiting {
  record: SpanRecord;
  /** Most records of the batch that it may travel in: halved each time the back end could not take such a batch whole. */
  together: number;
}

/** How far into a queue the search for a START record that can give way goes. */
const EVICTION_SEARCH = 32;

/**
 * One exporter's lane: a queue, and what is in flight. A span has at most one record in each; the one in flight is older.
 * Simpler than `delivery/core/lane.ts`, with the same account: no disk, no window that widens, and a batch that failed
 * goes back to the front of the queue.
 */
export class EdgeLane {
  readonly config: LaneConfig;
  readonly index: number;
  readonly requests = { begun: 0, begunAgain: 0, splits: 0 };
  readonly inFlight = new Set<Batch<SpanRecord>>();
  state: LaneState = "running";
  lastError: string | undefined = undefined;
  readonly account: LaneAccount<SpanRecord>;
  readonly ledger: LedgerView;
  readonly #bit: LaneMask;
  readonly #backoff = new Backoff(Math.random);
  #queue = new Map<SpanSlot<SpanRecord>, Waiting>();
  #queuedBytes = 0;

  constructor(index: number, config: LaneConfig, shared: SharedByLanes<SpanRecord>) {
    this.index = index;
    this.config = config;
    this.#bit = 1 << index;
    this.account = new LaneAccount(index, shared);
    this.ledger = this.account.ledger;
    if (config.disabled) this.state = "closed";
  }

  get queued(): number {
    return this.#queue.size;
  }

  accept(slot: SpanSlot<SpanRecord>, record: SpanRecord): void {
    const older = this.#queue.get(slot);
    if (older === undefined) {
      this.#queue.set(slot, { record, together: Number.POSITIVE_INFINITY });
    } else {
      this.#queuedBytes -= older.record.bytes;
      this.account.coalesced(older.record, this.#takeDoubt(slot));
      older.record = record;
    }
    this.#queuedBytes += record.bytes;
    this.account.accepted(record);
  }

  /** Drops the first START, or else the oldest record. False when the queue is empty. */
  evict(reason: DropReason): boolean {
    let victim: SpanSlot<SpanRecord> | undefined;
    let searched = 0;
    for (const [slot, { record }] of this.#queue) {
      victim ??= slot;
      if (record.phase === "started") victim = slot;
      if (record.phase === "started" || ++searched === EVICTION_SEARCH) break;
    }
    if (victim === undefined) return false;
    this.#lose(victim, this.#take(victim), reason);
    return true;
  }

  /** Drops what has been tried for too long. Returns how many. */
  expire(nowMs: number): number {
    const before = this.ledger.dropped.delivery_timeout;
    const latestMs = nowMs - this.config.delivery.deliveryTimeoutMs;
    if (this.state === "paused") return 0;
    for (const [slot, { record }] of this.#queue) {
      if (record.offeredAtMs > latestMs) break;
      this.#lose(slot, this.#take(slot), "delivery_timeout");
    }
    return this.ledger.dropped.delivery_timeout - before;
  }

  // ---- What goes out

  /** When the next batch is due, if it were for it alone; Infinity when nothing waits that may be sent. */
  dueMs(nowMs: number, isUrgent: boolean): number {
    const { maxRecords, maxBytes, lingerMs } = this.config.batch;
    const { concurrency } = this.config.delivery;
    if (this.state === "closed" || this.inFlight.size >= (this.#backoff.isProbing ? 1 : concurrency)) return Infinity;
    for (const [slot, { record, together }] of this.#queue) {
      if ((slot.batched & this.#bit) !== 0) continue;
      const isDue = isUrgent || together < Infinity || this.queued >= maxRecords || this.#queuedBytes >= maxBytes;
      return Math.max(isDue ? nowMs : record.offeredAtMs + lingerMs, this.#backoff.notBeforeMs);
    }
    return Infinity;
  }

  /** Moves the next batch into flight. Call it when one is due. */
  begin(id: number, nowMs: number): Batch<SpanRecord> {
    const { maxRecords, maxBytes } = this.config.batch;
    const batch = new Batch<SpanRecord>(id, this.index, [], []);
    let [bytes, most] = [0, maxRecords];
    for (const [slot, { record, together }] of this.#queue) {
      if ((slot.batched & this.#bit) !== 0) continue;
      most = Math.min(most, together);
      bytes += record.bytes;
      if (batch.size > 0 && (batch.size >= most || bytes > maxBytes)) break;
      this.#take(slot);
      slot.batched |= this.#bit;
      batch.slots.push(slot);
      batch.records.push(record);
    }
    batch.attempt = this.#backoff.failures + 1;
    batch.sentAtMs = nowMs;
    batch.deadlineMs = nowMs + this.config.delivery.attemptTimeoutMs;
    this.inFlight.add(batch);
    this.requests.begun += 1;
    if (this.#backoff.failures > 0) this.requests.begunAgain += 1;
    this.account.sent(batch);
    return batch;
  }

  // ---- What comes back

  /** Takes a batch out of flight. False when that has happened before: its outcome no longer counts. */
  land(batch: Batch<SpanRecord>, outcome: ExportOutcome): boolean {
    if (!this.inFlight.delete(batch)) return false;
    if (outcome.kind !== "delivered") batch.doubt(outcome.maybeDelivered);
    this.account.landed(batch);
    for (const slot of batch.slots) slot.batched &= ~this.#bit;
    return true;
  }

  /** The back end answered for each record: `isRejected` says which ones it refused. */
  settle(batch: Batch<SpanRecord>, isRejected: (id: string) => boolean, reason: DropReason = "rejected"): void {
    this.#answered();
    batch.slots.forEach((slot, at) => {
      const record = batch.records[at]!;
      if (isRejected(record.id)) this.#lose(slot, record, reason);
      else this.#deliver(slot, record);
    });
  }

  /** The batch goes on in halves. */
  split(batch: Batch<SpanRecord>): void {
    this.#answered();
    this.requests.splits += 1;
    this.#putBack(batch, Math.ceil(batch.size / 2));
  }

  /** The lane waits; what the back end does not have is tried again. */
  failed(
    batch: Batch<SpanRecord>,
    outcome: ExportOutcome & { readonly kind: "busy" | "misconfigured" },
    nowMs: number,
  ): void {
    const isBusy = outcome.kind === "busy";
    const arrived = new Set(isBusy ? outcome.delivered : []);
    batch.keep((slot, record, position) => {
      if (!arrived.has(position)) return true;
      this.#deliver(slot, record);
      return false;
    });
    const backoff: BackoffOptions = isBusy ? BUSY_BACKOFF : PAUSED_BACKOFF;
    this.#backoff.failed(batch.sentAtMs, backoff, nowMs);
    if (isBusy) this.#backoff.wait(outcome.retryAfterMs, nowMs);
    this.state = isBusy ? "backing-off" : "paused";
    this.#putBack(batch, Number.POSITIVE_INFINITY);
  }

  /** Everything still here is dropped; what is in flight may have arrived. Returns the batches to abort. */
  abandon(reason: DropReason): Batch<SpanRecord>[] {
    const aborted = [...this.inFlight];
    for (const batch of aborted) {
      this.land(batch, { kind: "busy", reason: "", maybeDelivered: true });
      for (const [at, slot] of batch.slots.entries()) this.#lose(slot, batch.records[at]!, reason);
    }
    for (const slot of [...this.#queue.keys()]) this.#lose(slot, this.#take(slot), reason);
    this.state = "closed";
    return aborted;
  }

  #answered(): void {
    this.#backoff.succeeded();
    if (this.state !== "closed") this.state = "running";
  }

  /** To the front of the queue, in their order; a newer record of a span takes the place of its older one. */
  #putBack({ slots, records }: Batch<SpanRecord>, together: number): void {
    const [rest, front] = [this.#queue, new Map<SpanSlot<SpanRecord>, Waiting>()];
    slots.forEach((slot, at) => {
      const record = records[at]!;
      const newer = rest.get(slot);
      if (newer !== undefined) this.account.coalesced(record, this.#takeDoubt(slot));
      else this.#queuedBytes += record.bytes;
      front.set(slot, { record: newer?.record ?? record, together });
      rest.delete(slot);
    });
    for (const [slot, waiting] of rest) front.set(slot, waiting);
    this.#queue = front;
  }

  #take(slot: SpanSlot<SpanRecord>): SpanRecord {
    const { record } = this.#queue.get(slot)!;
    this.#queue.delete(slot);
    this.#queuedBytes -= record.bytes;
    return record;
  }

  #deliver(slot: SpanSlot<SpanRecord>, record: SpanRecord): void {
    slot.ambiguous &= ~this.#bit;
    this.account.delivered(record);
  }

  #lose(slot: SpanSlot<SpanRecord>, record: SpanRecord, reason: DropReason): void {
    this.account.dropped(record, reason, this.#takeDoubt(slot));
  }

  /** Whether an attempt without an answer may have delivered the span's record; asked when it leaves. */
  #takeDoubt(slot: SpanSlot<SpanRecord>): boolean {
    const isDoubtful = (slot.ambiguous & this.#bit) !== 0;
    slot.ambiguous &= ~this.#bit;
    return isDoubtful;
  }
}
