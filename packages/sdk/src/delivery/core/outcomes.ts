import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { Batch } from "./batch.ts";
import type { WarningTopic } from "./effect.ts";
import type { Lane } from "./lane.ts";
import type { SharedByLanes } from "./lane-account.ts";
import { LaneBatches } from "./lane-batches.ts";
import type { Overload } from "./overload.ts";
import { seededRandom } from "./random.ts";
import type { CoreRecord } from "./record.ts";
import type { Warnings } from "./warnings.ts";

/**
 * What attempts make of the lanes. With the lanes' batches this is the half of the core that is needed once there is
 * something to send: the main entry is without it, and `DeliveryCore.equip` takes it.
 */
export class Outcomes<R extends CoreRecord> {
  readonly #batches: readonly LaneBatches<R>[];
  readonly #overload: Overload<R>;
  readonly #warnings: Warnings<R>;

  /** Gives each lane its batches. */
  constructor(
    lanes: readonly Lane<R>[],
    shared: SharedByLanes<R>,
    overload: Overload<R>,
    warnings: Warnings<R>,
    seed: number,
  ) {
    this.#overload = overload;
    this.#warnings = warnings;
    this.#batches = lanes.map((lane, index) => new LaneBatches<R>(lane, shared, seededRandom(seed + index)));
    for (const batches of this.#batches) batches.lane.batches = batches;
  }

  /** Of an attempt that ended, or was given up. */
  take(batch: Batch<R>, outcome: ExportOutcome, nowMs: number): void {
    const batches = this.#batches[batch.laneIndex]!;
    const { lane } = batches;
    if (!batches.requests.land(batch)) return;
    if (outcome.kind !== "delivered") batch.doubt(outcome.maybeDelivered);
    switch (outcome.kind) {
      case "delivered":
        this.#noteRecovery(lane, nowMs);
        batches.settleBatch(batch, () => false, nowMs);
        break;
      case "partial":
        this.#takePartial(batches, batch, outcome.rejected, nowMs);
        break;
      case "busy":
        lane.lastError = outcome.reason;
        batches.backOff(batch, outcome.retryAfterMs, outcome.delivered ?? [], nowMs);
        if (batches.requests.backoff.failures === 1) this.#warn(lane, "backing-off", nowMs, outcome.reason);
        break;
      case "tooLarge":
        this.#takeTooLarge(batches, batch, outcome.reason, nowMs);
        break;
      case "poison":
        lane.lastError = outcome.reason;
        if (batch.size > 1) {
          batches.split(batch, false, nowMs);
        } else {
          batches.settleBatch(batch, () => true, nowMs);
          this.#warnings.addLoss(lane.index, "rejected", nowMs, outcome.reason);
        }
        break;
      case "misconfigured":
        lane.lastError = outcome.reason;
        if (batches.pause(batch, nowMs)) this.#warn(lane, "paused", nowMs, outcome.reason);
        break;
    }
  }

  #takePartial(
    batches: LaneBatches<R>,
    batch: Batch<R>,
    rejected: readonly { readonly id: string; readonly reason: string }[],
    nowMs: number,
  ): void {
    const { lane } = batches;
    this.#noteRecovery(lane, nowMs);
    const sent = new Set(batch.records.map(({ id }) => id));
    const refused = new Set<string>();
    let unknown = 0;
    for (const { id } of rejected) {
      if (sent.has(id)) refused.add(id);
      else unknown += 1;
    }
    batches.settleBatch(batch, (id) => refused.has(id), nowMs);
    if (unknown > 0) this.#warn(lane, "unknown-rejection", nowMs, `${unknown} rejected spans were not in the batch`);
    if (refused.size === 0) return;
    const { reason } = rejected.find(({ id }) => refused.has(id))!;
    lane.lastError = reason;
    this.#warnings.addLoss(lane.index, "rejected", nowMs, reason);
  }

  /** Fewer records in a request; a record that is alone and still too large goes without its payload; then it is dropped. */
  #takeTooLarge(batches: LaneBatches<R>, batch: Batch<R>, reason: string | undefined, nowMs: number): void {
    const { lane } = batches;
    if (batch.size > 1) {
      batches.split(batch, true, nowMs);
    } else if (this.#overload.shedBatched(lane, batch)) {
      batches.retryNow(batch, nowMs);
      this.#overload.copied(nowMs);
    } else {
      lane.lastError = reason ?? lane.lastError;
      batches.loseOversize(batch, nowMs);
      this.#warnings.addLoss(lane.index, "oversize", nowMs, reason);
    }
  }

  #noteRecovery(lane: Lane<R>, nowMs: number): void {
    if (lane.state === "paused") this.#warn(lane, "recovered", nowMs, "the back end takes spans again");
  }

  #warn(lane: Lane<R>, topic: WarningTopic, nowMs: number, detail: string): void {
    this.#warnings.add(lane.index, topic, nowMs, detail);
  }
}
