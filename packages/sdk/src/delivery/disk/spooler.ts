import { deadline } from "../../contract/deadline.ts";
import { Redactor } from "../../redaction/redactor.ts";
import { onThreadEnd, Spool, type SpoolStateChange, type Watermarks } from "../../spool/index.ts";
import type { EndedAs } from "../core/index.ts";
import type { SpanRecord } from "../record/span-record.ts";
import { Doubts } from "./doubts.ts";
import { EndOfBurst } from "./end-of-burst.ts";
import { InWriting } from "./in-writing.ts";
import { Intake, type IntakeTarget } from "./intake.ts";
import { LargeRecords } from "./large-records.ts";
import { OrphanPlace } from "./orphan-place.ts";
import { Overflow } from "./overflow.ts";
import { OwnPlace, type PlaceKeeper, SAFETY_WAIT_MS, unsafePlace } from "./own-place.ts";
import { RecordEncoder } from "./records/spooled-record.ts";
import { Recovery } from "./recovery.ts";
import type { SpoolingHost, SpoolingOptions } from "./spooling-host.ts";

/** Before a record is encoded and written: on disk within 20 ms. What every lane is done with by then never is. */
const TICK_MS = 15;
/** How long what was settled waits for more of it. */
const GROUP_COMMIT_MS = 5;
/** Estimated bytes that are not kept waiting. */
const TICK_BYTES = 256 * 1024;
/** The event loop is the application's after this long. */
const SLICE_MS = 4;
const ROOM_CHECK_MS = 1_000;
/** Most encoded bytes that may wait for the disk: what was kept while it was away comes back at the disk's own pace. */
const AHEAD_BYTES = 4 * 1024 * 1024;

/**
 * Brings records to the spool and tells it what became of them. On the application's path a record costs an object and
 * an entry in a list; it is encoded on a later turn, and not at all when every lane is done with it by then.
 */
export class Spooler implements PlaceKeeper, IntakeTarget {
  readonly spool: Spool;
  readonly #host: SpoolingHost;
  readonly #laneNames: readonly string[];
  readonly #allLanes: number;
  readonly #encoder = new RecordEncoder();
  readonly #redactor: Redactor | undefined;
  readonly #large: LargeRecords;
  readonly #overflow: Overflow;
  readonly #recovery: Recovery;
  #recovering: Promise<void> = Promise.resolve();
  readonly #threads: { readonly noLonger: () => void };
  /** What this process's own records became, by lane: the account on disk. */
  readonly #counts: Record<EndedAs, number>[];
  readonly #doubts: Doubts;
  readonly #intake = new Intake(this);
  /** Numbered records that some lane needs, by number. */
  readonly #numbered = new Map<number, OwnPlace>();
  readonly #inWriting = new InWriting();
  /** The account on disk is exact at the end of each synchronous burst. */
  readonly #ledger = new EndOfBurst(() => {
    if (!this.#isClosed) this.spool.writeLedger();
  });
  /** The spool's size when a record found no room. */
  #fullAtBytes = 0;
  readonly #roomStepBytes: number;
  #isRoomWatched = false;
  /** This turn may be the last: the disk's pace does not matter. */
  #isUrgent = false;
  /** Pending `flush({until})` calls: answered with false when the disk fails. */
  readonly #reaching = new Set<(isReached: false) => void>();
  #isTickScheduled = false;
  #isTickDeferred = false;
  #isClosed = false;

  constructor(options: SpoolingOptions, host: SpoolingHost) {
    const { lanes } = host.core;
    this.#host = host;
    this.#redactor = host.redaction === undefined ? undefined : new Redactor([host.redaction]);
    this.#large = new LargeRecords(this.#encoder, this.#redactor, () => this.#scheduleTick());
    this.#roomStepBytes = Math.min(TICK_BYTES, options.maxBytes / 2);
    this.#laneNames = lanes.map((lane) => lane.config.name);
    this.#allLanes = lanes.reduce((mask, lane) => mask | lane.bit, 0);
    this.#counts = lanes.map(() => ({ delivered: 0, coalesced: 0, dropped: 0 }));
    this.#doubts = new Doubts(lanes.length);
    this.spool = Spool.open({
      ...options,
      lanes: this.#laneNames,
      groupCommitMs: GROUP_COMMIT_MS,
      countsOf: (name) => {
        const lane = this.#laneNames.indexOf(name);
        return { created: lanes[lane]!.ledger.created, ...this.#counts[lane]! };
      },
      doubtOf: (name) => this.#doubts.of(this.#laneNames.indexOf(name)),
      clock: host.clock,
      onStateChange: (change) => this.#onStateChange(change),
      onWatermark: (watermarks) => this.#onWatermark(watermarks),
      mayCarry: (seq) => this.#numbered.get(seq)?.isNewest === true,
    });
    this.#overflow = new Overflow(this.spool, host);
    this.#recovery = new Recovery(this.spool, host);
    process.on("exit", this.writeNow);
    this.#threads = onThreadEnd(() => void this.recover());
  }

  /**
   * Adopts what dead processes left, and threads of this one that have ended. Ends when all of it was handed over, or this
   * process shut down; never rejects.
   */
  recover(): Promise<void> {
    this.#recovering = this.#recovering.then(() => (this.#isClosed ? undefined : this.#recovery.run()));
    return this.#recovering;
  }

  get mode(): "memory" | "spool" {
    return this.isDiskInUse ? "spool" : "memory";
  }

  get isDiskInUse(): boolean {
    return this.spool.state === "disk" || this.spool.state === "opening";
  }

  /** Something is still to be read back: what overflowed, or what dead processes left. */
  get hasBacklog(): boolean {
    return this.#overflow.hasBacklog || this.#recovery.hasBacklog;
  }

  get isFull(): boolean {
    return !this.spool.hasRoomFor(TICK_BYTES);
  }

  /** Records may have left memory and disk: there may be room for what overflowed, and for what was refused. */
  noteRoom(): void {
    this.#overflow.note();
    this.#recovery.noteRoom();
    if (this.spool.bytes > this.#fullAtBytes - this.#roomStepBytes) return;
    this.#fullAtBytes = 0;
    if (this.#intake.retryRefused()) this.#scheduleTick();
  }

  /** What is settled leaves the disk some time later, without an event. */
  #watchRoom(): void {
    if (this.#isRoomWatched) return;
    this.#isRoomWatched = true;
    this.#host.clock.schedule(
      () => {
        this.#isRoomWatched = false;
        if (this.#isClosed) return;
        this.noteRoom();
        if (this.#intake.hasRefused) this.#watchRoom();
      },
      ROOM_CHECK_MS,
      false,
    );
  }

  // ---- On the application's path

  admit(record: SpanRecord, older: SpanRecord | undefined): void {
    if (this.#isClosed) return;
    const before = older?.onDisk instanceof OwnPlace ? older.onDisk : undefined;
    const place = new OwnPlace(this, record, before, this.#allLanes);
    record.onDisk = place;
    if (before !== undefined && before.spilledLanes !== 0) this.#overflow.supersede(before);
    this.#intake.push(place, record.bytes);
    this.#scheduleTick();
    this.#ledger.note();
  }

  /** A record whose place was untouched became the next revision of its span: what it was counts as coalesced. */
  revised(place: OwnPlace): void {
    place.revised();
    this.#intake.reweigh(place);
    for (const counts of this.#counts) counts.coalesced += 1;
    this.#scheduleTick();
    this.#ledger.note();
  }

  /** Records that were not offered are held, or lost. */
  countOther(dropped: number): void {
    for (const counts of this.#counts) counts.dropped += dropped;
    this.#ledger.note();
  }

  #scheduleTick(): void {
    if (!this.takes) return;
    if (this.#intake.bytes >= TICK_BYTES) {
      this.#deferTick();
    } else if (!this.#isTickScheduled) {
      this.#isTickScheduled = true;
      this.#host.clock.schedule(
        () => {
          this.#isTickScheduled = false;
          this.#tick();
        },
        TICK_MS,
        false,
      );
    }
  }

  #deferTick(): void {
    if (this.#isTickDeferred) return;
    this.#isTickDeferred = true;
    this.#host.clock.defer(() => {
      this.#isTickDeferred = false;
      this.#tick();
    });
  }

  // ---- Encoding

  #tick(): void {
    const { clock } = this.#host;
    const endMs = clock.monotonicMs() + SLICE_MS;
    this.#intake.drainWhile(() => clock.monotonicMs() < endMs);
    if (!this.#intake.isEmpty) {
      if (this.takes) this.#deferTick();
      return;
    }
    this.#overflow.note();
    this.spool.writeSoon();
  }

  /** Gives everything that waits to the spool, within this turn. */
  encodeAll(): void {
    this.#isUrgent = true;
    this.#intake.retryRefused();
    this.#intake.drainWhile(() => true);
    this.#isUrgent = false;
  }

  get takes(): boolean {
    if (!this.isDiskInUse || this.#isUrgent) return this.isDiskInUse;
    return !this.#large.isPreparing && this.#inWriting.bytes < AHEAD_BYTES;
  }

  append(place: OwnPlace): boolean {
    if (place.isSuperseded) place.releaseSettled(true);
    const { record, openLanes } = place;
    if (!place.isUnwritten || record === undefined) return true;
    if (!this.#isUrgent && !this.#large.isReady(place, record)) return false;
    const { head, blobs } = this.#encoder.encode(this.#redactor?.record(record) ?? record);
    const lanes = openLanes === this.#allLanes ? {} : { lanes: this.#namesOf(openLanes) };
    const before = this.spool.bytes;
    const seq = this.spool.append({ head, blobs, ...lanes });
    if (seq < 0) {
      this.#fullAtBytes = before;
      this.#watchRoom();
      return false;
    }
    place.seq = seq;
    this.#intake.forget(place);
    this.#doubts.renumbered(place);
    this.#numbered.set(seq, place);
    this.#inWriting.push(place, this.spool.bytes - before);
    return true;
  }

  #namesOf(lanes: number): string[] {
    return this.#laneNames.filter((_, lane) => (lanes >>> lane) & 1);
  }

  // ---- What the spool says

  #onWatermark({ spooled }: Watermarks): void {
    this.#inWriting.spooledThrough(spooled);
    if (!this.#intake.isEmpty) this.#scheduleTick();
  }

  #onStateChange({ state, message, lost }: SpoolStateChange): void {
    const { diagnostics, clock } = this.#host;
    diagnostics.warn(`spool ${state}`, `spool: ${message}`, clock.monotonicMs());
    for (const { first, last } of lost) this.#vanished(first, last);
    // The queue may be idle by now, and no later event would trigger the read-back.
    if (state === "disk") this.#overflow.note();
    if (state === "memory") for (const fail of this.#reaching) fail(false);
    else if (this.#intake.retryRefused() || !this.#intake.isEmpty) this.#scheduleTick();
  }

  /** What is still in memory is written again; what was on disk alone is lost. */
  #vanished(first: number, last: number): void {
    for (const place of [...this.#numbered.values()]) {
      if (place.seq < first || place.seq > last) continue;
      this.#numbered.delete(place.seq);
      for (const name of this.#namesOf(place.openLanes)) this.spool.settle(name, place.seq, "dropped");
      if (place.spilledLanes !== 0) this.#overflow.lose(place);
      place.seq = 0;
      this.#doubts.renumbered(place);
      place.isSpooled = false;
      if (place.record !== undefined) this.#intake.push(place, place.record.bytes);
    }
    if (!this.#intake.isEmpty) this.#scheduleTick();
  }

  // ---- What the places say

  doubted(place: OwnPlace, lane: number): void {
    this.#doubts.note(place, lane);
    this.#ledger.note();
  }

  endedInDoubt(lane: number): void {
    this.#doubts.ended(lane);
  }

  released(place: OwnPlace, lane: number, as: EndedAs): void {
    this.#counts[lane]![as] += 1;
    if (place.seq > 0) this.spool.settle(this.#laneNames[lane]!, place.seq, as);
    if (place.openLanes === 0) {
      this.#numbered.delete(place.seq);
      this.#intake.forget(place);
    }
    this.#ledger.note();
  }

  spilled(place: OwnPlace): void {
    this.#overflow.add(place);
  }

  // ---- Endings

  /**
   * True once everything offered before is as safe as asked for; false when the disk is away or full, or the time is up.
   */
  reach(level: "spooled" | "synced", deadlineMs: number): Promise<boolean> {
    return this.#inTime(() => this.#whenOnDisk(level), deadlineMs);
  }

  async #inTime(reached: () => Promise<boolean>, deadlineMs: number): Promise<boolean> {
    if (!this.isDiskInUse) return false;
    const { clock } = this.#host;
    let fail: (isReached: false) => void = () => {};
    const failed = new Promise<false>((resolve) => {
      fail = resolve;
    });
    this.#reaching.add(fail);
    const answered = Promise.race([failed, reached()]);
    const isReached = await deadline(clock, answered, deadlineMs - clock.monotonicMs());
    this.#reaching.delete(fail);
    return isReached === true && this.isDiskInUse;
  }

  /**
   * A START that left before it was on disk would stay open at the back end, should the process die in between: the
   * next start would not know of it. An END that left before it was on disk, while its START is, would be followed by
   * "interrupted" from the next start. So both are written first, unless the disk takes long. What a dead process left
   * is noted as under way where it lies; of this process's own that is written within the turn.
   *
   * @returns undefined when there is nothing to wait for
   */
  whenSafeToSend(records: readonly SpanRecord[]): Promise<unknown> | undefined {
    const { clock } = this.#host;
    const orphans = new Set(records.flatMap(({ onDisk }) => (onDisk instanceof OrphanPlace ? [onDisk.orphan] : [])));
    const noted = [...orphans].map((orphan) => orphan.commit());
    const unsafe = this.isDiskInUse ? records.flatMap(unsafePlace) : [];
    if (unsafe.length > 0) {
      const deadlineMs = clock.monotonicMs() + SAFETY_WAIT_MS;
      noted.push(this.#inTime(() => this.#whenWritten(unsafe), deadlineMs).then(() => undefined));
    }
    return noted.length === 0 ? undefined : deadline(clock, Promise.all(noted), SAFETY_WAIT_MS);
  }

  /** These alone: what else waits may be delivered before it has to be written. */
  async #whenWritten(places: readonly OwnPlace[]): Promise<boolean> {
    const { clock } = this.#host;
    let endMs = clock.monotonicMs() + SLICE_MS;
    for (const place of places) {
      if (clock.monotonicMs() >= endMs) {
        await new Promise<void>((resolve) => clock.defer(resolve));
        endMs = clock.monotonicMs() + SLICE_MS;
      }
      if (place.isUnwritten && !(this.takes && this.append(place))) return this.#whenOnDisk("spooled");
    }
    return this.spool.whenSpooled(this.spool.watermarks.captured);
  }

  async #whenOnDisk(level: "spooled" | "synced"): Promise<boolean> {
    const taken = this.#intake.whenTaken();
    this.#tick();
    if (!(await taken)) return false;
    const { captured } = this.spool.watermarks;
    return level === "spooled" ? this.spool.whenSpooled(captured) : this.spool.whenSynced(captured);
  }

  /** Writes what waits, and leaves what is pending to the next start. Waits no longer than this. */
  async close(timeoutMs: number): Promise<void> {
    process.removeListener("exit", this.writeNow);
    this.#threads.noLonger();
    this.encodeAll();
    this.spool.writeLedger();
    this.#isClosed = true;
    await deadline(this.#host.clock, this.spool.close(), timeoutMs);
  }

  /** One synchronous write of everything: `process.exit()`, an uncaught exception, or simply the end. Never throws. */
  readonly writeNow = (): void => {
    try {
      this.encodeAll();
      this.spool.flushSync();
    } catch {
      // What could not be written is counted by the next start.
    }
  };
}
