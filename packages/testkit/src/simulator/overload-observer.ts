import type { Lane } from "everspan/internals";
import type { Mark } from "./marks.ts";
import type { SimMemory, SimRecord } from "./sim-record.ts";
import { must } from "./violation.ts";

/** Compares the lanes before and after one offer. Make it before. */
export class OverloadObserver {
  readonly #lanes: readonly Lane<SimRecord>[];
  readonly #memory: SimMemory;
  readonly #before: readonly LaneSnapshot[];
  readonly #bytesBefore: number;

  constructor(lanes: readonly Lane<SimRecord>[], memory: SimMemory) {
    this.#lanes = lanes;
    this.#memory = memory;
    this.#before = lanes.map(snapshotOf);
    this.#bytesBefore = memory.bytes;
  }

  /** What gave way for the record that was just offered, and whose it was. */
  check(revision: SimRecord, marks: Set<Mark>): void {
    const before = this.#before;
    const after = this.#lanes.map(snapshotOf);
    const lost = after.map((lane, i) => lane.full + lane.fullOfBytes - before[i]!.full - before[i]!.fullOfBytes);
    if (after.some((lane, i) => lane.full > before[i]!.full)) marks.add("the queue was full of records");
    if (after.some((lane, i) => lane.fullOfBytes > before[i]!.fullOfBytes)) marks.add("the queue was full of bytes");
    if (after.some((lane, i) => lane.shed > before[i]!.shed)) {
      marks.add("a payload was shed");
      if (this.#memory.bytes >= this.#bytesBefore) marks.add("a shared payload was shed for nothing");
    }
    if (after.some((lane, i) => lane.coalesced > before[i]!.coalesced) && revision.phase === "started") {
      marks.add("an updated START replaced a queued one");
    }
    const most = Math.max(...this.#lanes.map((lane) => (hasOwnRecord(lane) ? lane.ledger.pending : 0)));
    for (const [i, count] of lost.entries()) {
      if (count === 0) continue;
      if (revision.phase === "ended" && this.#memory.held.has(revision)) marks.add("a START gave way to an END");
      if (lost.some((other, j) => other === 0 && after[j]!.pending > 0)) {
        marks.add("the laggard gave way and the healthy lane did not");
      }
      const isHarmed = most > 4 * (before[i]!.pending + 1);
      must(
        !isHarmed,
        "I10b",
        () => `lane ${i} lost ${count} with ${before[i]!.pending} pending; another holds ${most}`,
      );
    }
  }
}

/** Whether something in the lane's queue is held by no other lane, so that room is made when it goes. */
function hasOwnRecord(lane: Lane<SimRecord>): boolean {
  for (let position = 0; position < lane.queue.positions; position++) {
    const entry = lane.queue.at(position);
    if (entry !== undefined) return entry.latest?.holders === 1;
  }
  return false;
}

type LaneSnapshot = ReturnType<typeof snapshotOf>;

function snapshotOf(lane: Lane<SimRecord>) {
  const { dropped, pending, shedPayloads, coalesced } = lane.ledger;
  return {
    pending,
    full: dropped.queue_full,
    fullOfBytes: dropped.queue_full_bytes,
    shed: shedPayloads,
    coalesced,
  };
}
