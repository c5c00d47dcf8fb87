import type { DeliveryCore, Lane, SpanSlot } from "everspan/internals";
import type { Mark } from "./marks.ts";
import type { Plan } from "./plan.ts";
import type { SimDisk } from "./sim-disk.ts";
import type { SimMemory, SimRecord } from "./sim-record.ts";
import { must } from "./violation.ts";

type Queue = Plan["queue"];

interface Parts {
  readonly disk: SimDisk;
  readonly memory: SimMemory;
}

/** Compares what a full queue did with what a disk allows. Make it before an offer. */
export class OverflowObserver {
  readonly #lanes: readonly Lane<SimRecord>[];
  readonly #disk: SimDisk;
  readonly #memory: SimMemory;
  readonly #queue: Queue;
  readonly #canMakeRoom: boolean;
  readonly #bytesBefore: number;
  readonly #wasFull: boolean;
  readonly #before: readonly Refusals[];

  constructor(core: DeliveryCore<SimRecord>, incoming: SpanSlot<SimRecord>, queue: Queue, parts: Parts) {
    const { disk, memory } = parts;
    this.#lanes = core.lanes;
    this.#disk = disk;
    this.#memory = memory;
    this.#queue = queue;
    // Copies that lanes made for themselves may take the queue beyond its bound: then one place is not enough.
    this.#canMakeRoom =
      core.heldRecords <= queue.maxRecords &&
      core.lanes.some((lane) => {
        const head = lane.queue.head;
        return (
          head !== undefined && head !== incoming && disk.keeps(head.latest!) && isHeldByQueuesAlone(head, core.lanes)
        );
      });
    this.#bytesBefore = memory.bytes;
    this.#wasFull = disk.isFull;
    this.#before = core.lanes.map(refusalsOf);
  }

  check(revision: SimRecord, marks: Set<Mark>): void {
    const isOfRecords = this.#bytesBefore + revision.bytes <= this.#queue.maxBytes;
    must(
      this.#memory.held.has(revision) || !this.#canMakeRoom || !isOfRecords,
      "disk",
      () => `${revision.id} is refused although an older record could go to disk`,
    );
    for (const [i, { forDisk, forQueue }] of this.#lanes.map(refusalsOf).entries()) {
      const refusedForDisk = forDisk - this.#before[i]!.forDisk;
      const refusedForQueue = forQueue - this.#before[i]!.forQueue;
      if (refusedForDisk > 0) marks.add("a full disk refused a record");
      if (refusedForQueue > 0) marks.add("the queue was full before its records had a place on disk");
      const isFull = this.#wasFull && this.#disk.isFull;
      must(!isFull || refusedForQueue === 0, "disk", () => "the disk is full and the queue is named as the reason");
      must(this.#wasFull || this.#disk.isFull || refusedForDisk === 0, "disk", () => "the disk is called full");
    }
  }
}

interface Refusals {
  readonly forDisk: number;
  readonly forQueue: number;
}

function refusalsOf({ ledger: { dropped } }: Lane<SimRecord>): Refusals {
  return { forDisk: dropped.spool_full, forQueue: dropped.queue_full + dropped.queue_full_bytes };
}

/** Whether a place in memory is free when every queue lets go of it. */
function isHeldByQueuesAlone(entry: SpanSlot<SimRecord>, lanes: readonly Lane<SimRecord>[]): boolean {
  const claims = lanes.filter(({ bit }) => ((entry.queued | entry.waiting) & bit) !== 0).length;
  return claims === entry.latest!.holders;
}
