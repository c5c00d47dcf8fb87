import { STARTED, spanKey } from "@everspan/protocol";
import type { Orphan, OrphanEntry, Spool } from "../../spool/index.ts";
import { type Lane, type LaneMask, SpanSlot } from "../core/index.ts";
import type { SpanRecord } from "../record/span-record.ts";
import { OrphanPlace } from "./orphan-place.ts";
import { interrupted, RecordDecoder } from "./records/spooled-record.ts";
import type { SpoolingHost } from "./spooling-host.ts";

/** Of the queue's bounds, what recovered records may take: new spans keep their room. */
const QUEUE_SHARE = 0.25;
/** Below this part of its bounds the queue takes back what it had left to the disk. */
const LOW_SHARE = 0.5;
/** A record that was not found in so many readings is lost. */
const MAX_MISSES = 3;
const REST_MS = 1_000;
/** Directories of dead processes that are kept for their account of losses alone. */
const MAX_KEPT_ACCOUNTS = 64;
/** STARTs that wait to see whether their END follows. Beyond this they count as interrupted; a later END is newer. */
const MAX_HELD_STARTS = 10_000;
/** Records after which others get their turn, also when none of them had to wait. */
const TURN_RECORDS = 64;

interface HeldStart {
  readonly record: SpanRecord;
  readonly entry: OrphanEntry;
}

/** Delivers what dead processes left, at a bounded rate, and settles it in their own spools. */
export class Recovery {
  readonly #spool: Spool;
  readonly #host: SpoolingHost;
  readonly #decoder = new RecordDecoder();
  readonly #lanes: ReadonlyMap<string, Lane<SpanRecord>>;
  #outstanding = 0;
  #outstandingBytes = 0;
  #roomMade: (() => void) | undefined;
  /** What lanes left to the disk again: the lanes that read it back, by number. */
  readonly #spilled = new Map<Orphan, Map<number, LaneMask>>();
  /** Reading, for the first time or back; or resting. */
  #isBusy = true;

  constructor(spool: Spool, host: SpoolingHost) {
    this.#spool = spool;
    this.#host = host;
    this.#lanes = new Map(host.core.lanes.map((lane) => [lane.config.name, lane]));
  }

  /** Records are still to come: for the first time, or back. */
  get hasBacklog(): boolean {
    return this.#isBusy || this.#spilled.size > 0;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    await this.#whileBusy(async () => {
      const { orphans } = await this.#spool.adopt();
      this.#inherit(orphans);
      // One that can't be read keeps nobody from the others: it stays for the next start.
      for (const orphan of orphans) await this.#attempt(() => this.#deliver(orphan));
    });
  }

  /**
   * What dead processes lost, their own and what they had adopted, is in this account until this process ends in order or
   * is killed too: then it is still on disk. Of those that only keep such an account the oldest are told now.
   */
  #inherit(orphans: readonly Orphan[]): void {
    let lost = 0;
    for (const orphan of orphans) {
      for (const [name, { dropped, maybeDelivered }] of orphan.inherited) {
        this.#lanes.get(name)?.account.inherits(dropped, maybeDelivered);
        lost += dropped;
      }
    }
    const accounts = orphans.filter(({ bytes }) => bytes === 0);
    for (const orphan of accounts.slice(0, -MAX_KEPT_ACCOUNTS)) orphan.tell();
    if (lost > 0) this.#warn(`processes before this one were killed after they had lost ${lost} records`);
  }

  async #whileBusy(run: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    await this.#attempt(run);
    this.#isBusy = false;
    this.#host.wake();
  }

  async #attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#warn(`what an earlier process left could not be read: ${detail}`);
    }
  }

  async #deliver(orphan: Orphan): Promise<void> {
    const starts = new Map<string, HeldStart>();
    let turn = 0;
    for await (const entry of orphan.read()) {
      if (this.#host.core.isClosed) return;
      await this.#take(orphan, entry, starts);
      turn += 1;
      if (turn % TURN_RECORDS === 0) await new Promise<void>((resolve) => this.#host.clock.defer(resolve));
    }
    for (const { record, entry } of starts.values()) {
      if (this.#host.core.isClosed) return;
      await this.#offer(orphan, entry, interrupted(record, orphan.lastSignOfLifeMs));
    }
    this.#countLost(orphan);
    await orphan.commit();
  }

  async #take(orphan: Orphan, entry: OrphanEntry, starts: Map<string, HeldStart>): Promise<void> {
    const record = this.#decoder.decode(entry.head, entry.blobs);
    if (record === undefined) return this.#countUnreadable(orphan, entry);
    const key = spanKey(record.traceId, record.id);
    if (isFirst(record)) {
      if (starts.size < MAX_HELD_STARTS) starts.set(key, { record, entry });
      else await this.#offer(orphan, entry, interrupted(record, orphan.lastSignOfLifeMs));
      return;
    }
    const start = starts.get(key);
    if (start !== undefined) {
      starts.delete(key);
      this.#coalesce(orphan, start.entry);
    }
    await this.#offer(orphan, entry, record);
  }

  async #offer(orphan: Orphan, entry: OrphanEntry, record: SpanRecord): Promise<void> {
    const mask = this.#lanesOf(entry).reduce((bits, lane) => bits | lane.bit, 0);
    if (mask !== 0) await this.#restore(orphan, entry, record, mask, "orphan");
  }

  /** Waits for room. */
  async #restore(
    orphan: Orphan,
    { seq, doubtful }: OrphanEntry,
    record: SpanRecord,
    lanes: LaneMask,
    from: "orphan" | "spool",
  ): Promise<void> {
    while (!this.#hasRoomFor(record)) {
      await new Promise<void>((resolve) => {
        this.#roomMade = resolve;
      });
    }
    const { core, clock } = this.#host;
    const nameOf = (lane: number) => core.lanes[lane]!.config.name;
    const slot = new SpanSlot<SpanRecord>();
    for (const name of doubtful) slot.ambiguous |= (this.#lanes.get(name)?.bit ?? 0) & lanes;
    const place = new OrphanPlace({
      lanes,
      orphan,
      doubtfulLanes: slot.ambiguous,
      doubt: (lane, isInDoubt) => (isInDoubt ? orphan.sent(nameOf(lane), seq) : orphan.notArrived(nameOf(lane), seq)),
      settle: (lane, as, maybeDelivered) => orphan.settle(nameOf(lane), seq, as, maybeDelivered),
      spill: (lane) => this.#spill(orphan, seq, 1 << lane),
      done: () => this.#done(record),
    });
    record.onDisk = place;
    this.#outstanding += 1;
    this.#outstandingBytes += record.bytes;
    // From here on it is in memory, unless it is left to the disk once more.
    if (from === "spool") this.#forgetSpilled(orphan, seq);
    const taken = core.restore(slot, record, lanes, from, clock.monotonicMs());
    place.leave(lanes & ~taken);
    this.#host.wake();
  }

  // ---- What lanes left to the disk again

  #spill(orphan: Orphan, seq: number, lane: LaneMask): void {
    const seqs = this.#spilled.get(orphan) ?? new Map<number, LaneMask>();
    this.#spilled.set(orphan, seqs);
    seqs.set(seq, (seqs.get(seq) ?? 0) | lane);
  }

  #forgetSpilled(orphan: Orphan, seq: number): void {
    const seqs = this.#spilled.get(orphan);
    seqs?.delete(seq);
    if (seqs?.size === 0) this.#spilled.delete(orphan);
  }

  /** Looks whether there is something to read back, and room for it. */
  #note(): void {
    const { core, queue, heldBytes } = this.#host;
    if (this.#isBusy || this.#spilled.size === 0 || core.isClosed) return;
    if (core.heldRecords >= queue.maxRecords * LOW_SHARE || heldBytes() >= queue.maxBytes * LOW_SHARE) return;
    void this.#whileBusy(async () => {
      for (const [orphan, seqs] of [...this.#spilled]) await this.#readBack(orphan, [...seqs.keys()]);
    });
  }

  async #readBack(orphan: Orphan, wanted: readonly number[]): Promise<void> {
    let missing = new Set(wanted);
    for (let misses = 0; missing.size > 0; ) {
      missing = await this.#readAgain(orphan, missing);
      if (missing.size === 0 || this.#host.core.isClosed) return;
      misses += 1;
      if (misses === MAX_MISSES) break;
      await this.#rest();
    }
    for (const seq of missing) this.#loseSpilled(orphan, seq);
  }

  /** @returns what was not found */
  async #readAgain(orphan: Orphan, wanted: ReadonlySet<number>): Promise<Set<number>> {
    const missing = new Set(wanted);
    await this.#attempt(async () => {
      for await (const entry of orphan.readAgain(wanted)) {
        if (this.#host.core.isClosed) return;
        const lanes = this.#spilled.get(orphan)?.get(entry.seq);
        const record = this.#decoder.decode(entry.head, entry.blobs);
        if (lanes === undefined || record === undefined) continue;
        missing.delete(entry.seq);
        await this.#restore(orphan, entry, this.#asLeft(orphan, record), lanes, "spool");
      }
    });
    return missing;
  }

  /** A START that is read back was closed before: its END would have taken its place. */
  #asLeft(orphan: Orphan, record: SpanRecord): SpanRecord {
    return isFirst(record) ? interrupted(record, orphan.lastSignOfLifeMs) : record;
  }

  #loseSpilled(orphan: Orphan, seq: number): void {
    const lanes = this.#spilled.get(orphan)?.get(seq) ?? 0;
    this.#forgetSpilled(orphan, seq);
    for (const { bit, account, config } of this.#host.core.lanes) {
      if ((lanes & bit) === 0) continue;
      const maybeDelivered = orphan.isDoubtful(config.name, seq);
      account.spilledWasLost("spool_io", maybeDelivered);
      orphan.settle(config.name, seq, "dropped", maybeDelivered);
    }
  }

  /** A file that can't be opened now (too many are open) may be opened in a second. */
  #rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#host.clock.schedule(resolve, REST_MS, false);
    });
  }

  // ---- Room

  #hasRoomFor(record: SpanRecord): boolean {
    const { core, heldBytes } = this.#host;
    const { maxRecords, maxBytes } = this.#host.queue;
    if (core.heldRecords >= maxRecords) return false;
    if (core.heldRecords > 0 && heldBytes() + record.bytes > maxBytes) return false;
    if (this.#outstanding === 0) return true;
    return (
      this.#outstanding < maxRecords * QUEUE_SHARE && this.#outstandingBytes + record.bytes < maxBytes * QUEUE_SHARE
    );
  }

  #done(record: SpanRecord): void {
    this.#outstanding -= 1;
    this.#outstandingBytes -= record.bytes;
    this.noteRoom();
  }

  /** There may be room for more: of its own share, or of the queue that it shares with new records. */
  noteRoom(): void {
    this.#roomMade?.();
    this.#roomMade = undefined;
    this.#note();
  }

  /** Lanes of other names are left as they are: another configuration may deliver them. */
  #lanesOf(entry: OrphanEntry): Lane<SpanRecord>[] {
    return entry.lanes.flatMap((name) => this.#lanes.get(name) ?? []);
  }

  #coalesce(orphan: Orphan, entry: OrphanEntry): void {
    for (const lane of this.#lanesOf(entry)) {
      const maybeDelivered = entry.doubtful.includes(lane.config.name);
      lane.account.orphanWasCoalesced(maybeDelivered);
      orphan.settle(lane.config.name, entry.seq, "coalesced", maybeDelivered);
    }
  }

  #countUnreadable(orphan: Orphan, entry: OrphanEntry): void {
    for (const lane of this.#lanesOf(entry)) {
      const maybeDelivered = entry.doubtful.includes(lane.config.name);
      lane.account.orphansWereLost(1, "corrupt", maybeDelivered ? 1 : 0);
      orphan.settle(lane.config.name, entry.seq, "dropped", maybeDelivered);
    }
  }

  /** What the dead process had accepted and is not on disk: counted here, once, since nobody else can. */
  #countLost(orphan: Orphan): void {
    let lost = 0;
    for (const { lane: name, corrupt, crash, maybeDelivered } of orphan.report?.lanes ?? []) {
      const lane = this.#lanes.get(name);
      if (lane === undefined) continue;
      lane.account.orphansWereLost(corrupt, "corrupt", 0);
      lane.account.orphansWereLost(crash, "crash", maybeDelivered);
      lost += corrupt + crash;
    }
    if (lost > 0)
      this.#warn(`a process that ended without a shutdown lost ${lost} records that had not reached the disk`);
  }

  #warn(message: string): void {
    this.#host.diagnostics.warn("recovery", `spool: ${message}`, this.#host.clock.monotonicMs());
  }
}

/** The START of a span, which an END or an interruption follows. */
function isFirst({ phase, revision }: SpanRecord): boolean {
  return phase === "started" && revision === STARTED;
}
