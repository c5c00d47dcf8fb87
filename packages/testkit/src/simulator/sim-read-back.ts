import { SpanSlot } from "everspan/internals";
import type { DiskHost, ReadableDisk } from "./disk-host.ts";
import { Draws } from "./draws.ts";
import type { DiskPlan, Offer } from "./plan.ts";
import type { SimPlace } from "./sim-place.ts";
import { SimRecord } from "./sim-record.ts";

/** Below this part of its bounds the queue takes back what had overflowed, as in the real shell. */
const LOW_SHARE = 0.5;
/** Of the queue's bound, what a dead process's records may take. */
const ORPHAN_SHARE = 0.25;

/** Brings records from disk into the core: what overflowed, when there is room, and what a dead process left. */
export class SimReadBack {
  readonly #plan: DiskPlan;
  readonly #seed: number;
  readonly #host: () => DiskHost;
  readonly #disk: ReadableDisk;
  /** What is to be read back, in the order in which it overflowed. */
  readonly #backlog = new Map<number, SimPlace>();
  readonly #orphans: Offer[];
  readonly #outstanding = new Set<SimPlace>();
  /** More is to come: flushes and the shutdown wait for it. */
  hasBacklog = true;
  #isRecovering = true;
  #isReading = false;
  #isAdopting = false;
  #reads = 0;

  constructor(plan: DiskPlan, seed: number, host: () => DiskHost, disk: ReadableDisk) {
    this.#plan = plan;
    this.#seed = seed;
    this.#host = host;
    this.#disk = disk;
    this.#orphans = plan.orphans.slice();
  }

  begin(): void {
    this.#recoverLater();
  }

  /** Serial numbers of what is still to come. */
  get backlog(): Iterable<number> {
    return this.#backlog.keys();
  }

  isToCome(serial: number): boolean {
    return this.#backlog.has(serial);
  }

  spilled(place: SimPlace, isFinal: boolean): void {
    if (place.isOrphan) this.#letGo(place);
    if (!isFinal && place.mayBeReadBack) {
      this.#backlog.set(place.offer.serial, place);
      this.#host().mayBeAwaited(place.offer);
    }
    this.note();
  }

  settled(place: SimPlace): void {
    if (place.isOrphan) this.#letGo(place);
    if (place.spilledLanes === 0) this.#backlog.delete(place.offer.serial);
  }

  #letGo(place: SimPlace): void {
    if ((place.openLanes & ~place.spilledLanes) === 0) this.#outstanding.delete(place);
  }

  /** Looks whether there is something to read back, and room for it. */
  note(): void {
    const hadBacklog = this.hasBacklog;
    this.hasBacklog = this.#isRecovering || this.#backlog.size > 0;
    if (hadBacklog && !this.hasBacklog) this.#host().wake();
    if (this.#orphans.length > 0 && this.#mayAdopt) this.#recoverLater();
    if (this.#isReading || !this.#hasRoom) return;
    const wanted = [...this.#backlog.values()].filter((place) => !place.isBehindOlder);
    if (wanted.length > 0 && this.#fits(wanted[0]!.offer)) this.#read(wanted);
  }

  get #hasRoom(): boolean {
    const { core, queue, heldBytes } = this.#host();
    if (core.isClosed || this.#disk.isAway) return false;
    return core.heldRecords < queue.maxRecords * LOW_SHARE && heldBytes < queue.maxBytes * LOW_SHARE;
  }

  /** One record may be larger than what is free, but only while it is alone. */
  #fits({ ownBytes, blobBytes }: Offer): boolean {
    const { core, queue, heldBytes } = this.#host();
    return core.heldRecords === 0 || heldBytes + ownBytes + blobBytes <= queue.maxBytes;
  }

  #delayMs(): number {
    this.#reads += 1;
    return this.#plan.readMs * new Draws(this.#seed, 8, this.#reads).between(0, 2);
  }

  #read(wanted: readonly SimPlace[]): void {
    const { core, queue, later, wake } = this.#host();
    this.#isReading = true;
    const room = Math.max(1, Math.floor(queue.maxRecords * LOW_SHARE - core.heldRecords));
    const asked = wanted.slice(0, room);
    later(this.#delayMs(), () => {
      this.#isReading = false;
      for (const place of asked) {
        if (!this.#hasRoom || !this.#fits(place.offer)) break;
        if (this.#backlog.has(place.offer.serial)) this.#restore(place);
      }
      wake();
      this.note();
    });
  }

  #restore(place: SimPlace): void {
    const { core, nowMs, mark } = this.#host();
    this.#backlog.delete(place.offer.serial);
    mark("what had overflowed was read back");
    if (place.openLanes !== place.spilledLanes) mark("a record came back for one lane while another had it");
    const lanes = this.#disk.takeBack(place);
    const slot = new SpanSlot<SimRecord>();
    slot.ambiguous = place.doubtfulLanes & lanes;
    core.restore(slot, new SimRecord(place.offer), lanes, "spool", nowMs);
  }

  // ---- What a dead process left

  #recoverLater(): void {
    if (this.#isAdopting) return;
    this.#isAdopting = true;
    this.#host().later(this.#delayMs(), () => this.#recover());
  }

  #recover(): void {
    const { core, wake } = this.#host();
    this.#isAdopting = false;
    while (this.#orphans.length > 0 && this.#mayAdopt) this.#adopt(this.#orphans.shift()!);
    if (this.#orphans.length === 0) this.#isRecovering = false;
    this.note();
    if (!core.isClosed) wake();
  }

  get #mayAdopt(): boolean {
    const { core, queue } = this.#host();
    if (core.isClosed || core.heldRecords >= queue.maxRecords) return false;
    if (!this.#fits(this.#orphans[0]!)) return false;
    return this.#outstanding.size < Math.max(1, queue.maxRecords * ORPHAN_SHARE);
  }

  #adopt(offer: Offer): void {
    const { core, nowMs, adopted, isAwaited, mark } = this.#host();
    const lanes = core.lanes.filter(({ state }) => state !== "closed").reduce((mask, { bit }) => mask | bit, 0);
    const place = this.#disk.adopt(offer, lanes);
    this.#outstanding.add(place);
    mark("a dead process's record was taken up");
    adopted(offer, lanes);
    isAwaited(offer);
    core.restore(new SpanSlot<SimRecord>(), new SimRecord(offer), lanes, "orphan", nowMs);
  }
}
