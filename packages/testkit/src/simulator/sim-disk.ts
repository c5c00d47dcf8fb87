import type { CoreDisk, EndedAs, Lane } from "everspan/internals";
import type { DiskHost } from "./disk-host.ts";
import { Draws } from "./draws.ts";
import type { DiskPlan, Offer } from "./plan.ts";
import { SimPlace } from "./sim-place.ts";
import { SimReadBack } from "./sim-read-back.ts";
import type { SimRecord } from "./sim-record.ts";
import { must } from "./violation.ts";

/** With less room than this the disk counts as full, as the real one does. */
const SLACK_BYTES = 4_000;

/**
 * The disk under the core, and the shell's part in it: a record gets its place after a while, overflow is read back
 * when there is room, what a dead process left is fed in. It notes what the core reports to it, which must equal
 * the account: recovery after a crash has nothing else to go by.
 */
export class SimDisk implements CoreDisk<SimRecord> {
  readonly readBack: SimReadBack;
  readonly #plan: DiskPlan;
  readonly #seed: number;
  readonly #host: () => DiskHost;
  readonly #places = new Map<number, SimPlace>();
  readonly #told: readonly Record<EndedAs, number>[];
  readonly #spooled: number[];
  /** Told as dropped since the last check although the disk kept it. */
  readonly #keptDrops: number[];
  readonly #rightDropsBefore: number[];
  readonly #allLanes: number;
  #waiting: SimPlace[] = [];
  #bytes = 0;
  #ticks = 0;

  constructor(plan: DiskPlan, seed: number, lanes: number, host: () => DiskHost) {
    this.#plan = plan;
    this.#seed = seed;
    this.#host = host;
    this.#allLanes = (1 << lanes) - 1;
    this.#told = Array.from({ length: lanes }, () => ({ delivered: 0, coalesced: 0, dropped: 0 }));
    this.#spooled = new Array(lanes).fill(0);
    this.#keptDrops = new Array(lanes).fill(0);
    this.#rightDropsBefore = new Array(lanes).fill(0);
    this.readBack = new SimReadBack(plan, seed, host, this);
  }

  /** Once the core is there. */
  begin(): void {
    const host = this.#host();
    for (const { toMs } of this.#plan.away) host.at(toMs, () => this.readBack.note());
    if (this.#plan.vanishesAtMs !== undefined) host.at(this.#plan.vanishesAtMs, () => this.#vanish());
    this.readBack.begin();
  }

  get isAway(): boolean {
    const { nowMs } = this.#host();
    return this.#plan.away.some(({ fromMs, toMs }) => nowMs >= fromMs && nowMs < toMs);
  }

  get hasBacklog(): boolean {
    return this.readBack.hasBacklog;
  }

  get isFull(): boolean {
    return this.#bytes + SLACK_BYTES > this.#plan.maxBytes;
  }

  spooledIn(lane: number): number {
    return this.#spooled[lane]!;
  }

  /** Whether the lane left the record to the disk alone. */
  has(serial: number, lane: number): boolean {
    return ((this.#places.get(serial)?.spilledLanes ?? 0) & (1 << lane)) !== 0;
  }

  placeOf(offer: Offer): SimPlace {
    const place = this.#places.get(offer.serial);
    must(place !== undefined, "disk", () => `${offer.span} was never brought to the disk`);
    return place;
  }

  // ---- What the core asks and tells

  keeps({ offer }: SimRecord): boolean {
    const place = this.placeOf(offer);
    return place.isOrphan || (place.state === "written" && !this.isAway);
  }

  doubted(lane: number, { offer }: SimRecord, isInDoubt: boolean): void {
    const place = this.placeOf(offer);
    place.doubtfulLanes = isInDoubt ? place.doubtfulLanes | (1 << lane) : place.doubtfulLanes & ~(1 << lane);
  }

  settled(lane: number, revision: SimRecord, as: EndedAs, maybeDelivered: boolean): void {
    const place = this.placeOf(revision.offer);
    const mayBe = as !== "delivered" && (place.doubtfulLanes & (1 << lane)) !== 0;
    must(maybeDelivered === mayBe, "I15", () => `${place.name} is ${as}, ${mayBe ? "and" : "not"} maybe delivered`);
    const isSpilled = (place.spilledLanes & (1 << lane)) !== 0;
    must(!isSpilled, "disk", () => `${place.name} is ${as} although it was left to the disk`);
    if (as === "dropped" && this.keeps(revision)) this.#keptDrops[lane]! += 1;
    this.settle(place, lane, as);
  }

  spilled(lane: number, revision: SimRecord, isFinal: boolean): void {
    const host = this.#host();
    const place = this.placeOf(revision.offer);
    const bit = 1 << lane;
    must(this.keeps(revision), "disk", () => `${place.name} is left to a disk that does not keep it`);
    must((place.openLanes & ~place.spilledLanes & bit) !== 0, "disk", () => `${place.name} is left to the disk twice`);
    must(isFinal === host.isTimeUp, "disk", () => `${place.name} is left ${isFinal ? "for good" : "to be read back"}`);
    this.#markSpill(place, revision, isFinal);
    place.spilledLanes |= bit;
    this.#spooled[lane]! += 1;
    if (place.hasNewer && !place.mayBeReadBack && !isFinal) this.#supersede(place);
    else this.readBack.spilled(place, isFinal);
  }

  #markSpill(place: SimPlace, { isLight }: SimRecord, isFinal: boolean): void {
    const { mark } = this.#host();
    if (isFinal) mark("a shutdown left records on disk");
    else mark("overflow went to disk");
    if (place.isOrphan) mark("a dead process's record was left where it lay");
    if (place.wasReadBack) mark("what was read back overflowed again");
    if (isLight) mark("a record without its payload went to disk");
  }

  /** A lane is done with the record. */
  settle(place: SimPlace, lane: number, as: EndedAs): void {
    const bit = 1 << lane;
    must((place.openLanes & bit) !== 0, "disk", () => `${place.name} is ${as} after it was settled`);
    place.openLanes &= ~bit;
    this.#told[lane]![as] += 1;
    if (place.openLanes === 0 && place.state === "written" && !place.isOrphan) this.#bytes -= place.bytes;
    this.readBack.settled(place);
  }

  // ---- The shell's part

  /** A record is about to be offered. `older` is what its span's lanes still may have; undefined when none takes it. */
  admit(offer: Offer, older: Offer | undefined): void {
    const before = older === undefined ? undefined : this.placeOf(older);
    const place = new SimPlace(offer, this.#allLanes, before);
    this.#places.set(offer.serial, place);
    if (before !== undefined) {
      before.hasNewer = true;
      this.#supersede(before);
    }
    this.#waiting.push(place);
    if (this.#waiting.length === 1) this.#scheduleTick();
  }

  adopt(offer: Offer, lanes: number): SimPlace {
    const place = new SimPlace(offer, lanes, undefined, true);
    this.#places.set(offer.serial, place);
    return place;
  }

  /** The record's lanes as they were when it left memory; they have it in memory again. */
  takeBack(place: SimPlace): number {
    const lanes = place.spilledLanes;
    for (const lane of this.#lanesOf(lanes)) this.#spooled[lane.index]! -= 1;
    place.spilledLanes = 0;
    place.wasReadBack = true;
    return lanes;
  }

  countLost(): void {
    for (const told of this.#told) told.dropped += 1;
  }

  /** A START's END came: the START leaves the disk as if it had been coalesced in the queue. */
  #supersede(place: SimPlace): void {
    for (const lane of this.#lanesOf(place.spilledLanes)) {
      this.#host().mark("an END came for a START that lay on disk");
      lane.account.spilledWasSuperseded((place.doubtfulLanes & lane.bit) !== 0);
      this.#leave(place, lane, "coalesced");
    }
  }

  #leave(place: SimPlace, lane: Lane<SimRecord>, as: EndedAs): void {
    this.#spooled[lane.index]! -= 1;
    place.spilledLanes &= ~lane.bit;
    this.settle(place, lane.index, as);
  }

  #lanesOf(mask: number): readonly Lane<SimRecord>[] {
    return this.#host().core.lanes.filter(({ bit }) => (mask & bit) !== 0);
  }

  #scheduleTick(): void {
    this.#ticks += 1;
    const draws = new Draws(this.#seed, 7, this.#ticks);
    const isSliced = draws.chance(0.2);
    this.#host().later(this.#plan.appendMs * draws.between(0, 2), () => {
      this.#append(isSliced ? Math.ceil(this.#waiting.length / 2) : this.#waiting.length);
      if (this.#waiting.length > 0) this.#scheduleTick();
    });
  }

  /** As the real shell before a shutdown gives up: all that can lie on disk does. */
  appendAll(): void {
    this.#append(this.#waiting.length);
  }

  #append(count: number): void {
    for (const place of this.#waiting.splice(0, count)) {
      if (place.openLanes === 0) continue;
      const hasRoom = this.#bytes + place.bytes <= this.#plan.maxBytes;
      if (!hasRoom) this.#host().mark("the disk had no room for a record");
      place.state = hasRoom && !this.isAway ? "written" : "refused";
      if (place.state === "written") this.#bytes += place.bytes;
    }
  }

  /** The files are removed: what memory holds is written again, what lay on disk alone is lost. */
  #vanish(): void {
    if (this.#host().core.isClosed) return;
    for (const place of this.#places.values()) {
      if (place.state !== "written" || place.isOrphan || place.openLanes === 0) continue;
      const isInMemory = place.spilledLanes === 0;
      if (isInMemory) {
        this.#bytes -= place.bytes;
        place.state = "waiting";
        this.#waiting.push(place);
        if (this.#waiting.length === 1) this.#scheduleTick();
      }
      for (const lane of this.#lanesOf(place.spilledLanes)) {
        this.#host().mark("what lay on disk alone vanished");
        lane.account.spilledWasLost("spool_io", (place.doubtfulLanes & lane.bit) !== 0);
        this.#leave(place, lane, "dropped");
      }
      if (!isInMemory && place.openLanes !== 0) {
        this.#bytes -= place.bytes;
        place.state = "refused";
      }
    }
    this.readBack.note();
  }

  // ---- Checks

  /** After each event. */
  check(): void {
    for (const { index, ledger } of this.#host().core.lanes) {
      let dropped = 0;
      for (const count of Object.values(ledger.dropped)) dropped += count;
      const { delivered, coalesced, dropped: toldDropped } = this.#told[index]!;
      must(
        delivered === ledger.delivered && coalesced === ledger.coalesced && toldDropped === dropped,
        "disk",
        () =>
          `told ${delivered} delivered, ${coalesced} coalesced, ${toldDropped} dropped; ` +
          `the account says ${ledger.delivered}, ${ledger.coalesced}, ${dropped}`,
      );
      const rightDrops = ledger.dropped.rejected + ledger.dropped.oversize;
      const wrong = this.#keptDrops[index]! - (rightDrops - this.#rightDropsBefore[index]!);
      must(wrong <= 0, "disk", () => `${wrong} records were dropped although the disk keeps them`);
      this.#keptDrops[index] = 0;
      this.#rightDropsBefore[index] = rightDrops;
    }
  }

  /** When all is well: only STARTs whose ENDs never came lie there, and what is left to the next start. */
  checkWell(): void {
    for (const place of this.#places.values()) {
      const mayStay = place.spilledLanes === 0 || place.isOrphan || !place.hasNewer;
      must(mayStay, "disk", () => `${place.name} stays on disk although a newer revision came`);
    }
  }

  /** At the end of the run: nothing is forgotten. */
  checkEnd(): void {
    for (const place of this.#places.values()) {
      must(place.openLanes === place.spilledLanes, "disk", () => `what became of ${place.name} is never told`);
    }
    must(this.#bytes >= 0, "disk", () => "more left the disk than came");
  }
}
