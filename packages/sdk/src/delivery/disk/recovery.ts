import { STARTED, spanKey } from "@everspan/protocol";
import type { Orphan, OrphanEntry, Spool } from "../../spool/index.ts";
import { type EndedAs, type Lane, SpanSlot } from "../core/index.ts";
import type { SpanRecord } from "../span-record.ts";
import type { DiskPlace } from "./disk-place.ts";
import { interrupted, RecordDecoder } from "./records/spooled-record.ts";
import type { SpoolingHost } from "./spooling-host.ts";

/** Of the queue's bounds, what recovered records may take: new spans keep their room. */
const QUEUE_SHARE = 0.25;
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

  constructor(spool: Spool, host: SpoolingHost) {
    this.#spool = spool;
    this.#host = host;
    this.#lanes = new Map(host.core.lanes.map((lane) => [lane.config.name, lane]));
  }

  /** Never rejects. */
  async run(): Promise<void> {
    try {
      const { orphans } = await this.#spool.adopt();
      for (const orphan of orphans) await this.#deliver(orphan);
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
    if (record.phase === "started" && record.revision === STARTED) {
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
    const lanes = this.#lanesOf(entry);
    if (lanes.length === 0) return;
    while (!this.#hasRoomFor(record)) {
      await new Promise<void>((resolve) => {
        this.#roomMade = resolve;
      });
    }
    const mask = lanes.reduce((bits, lane) => bits | lane.bit, 0);
    const { core, clock } = this.#host;
    const place = new OrphanPlace({
      mask,
      settle: (lane, as) => orphan.settle(core.lanes[lane]!.config.name, entry.seq, as),
      done: () => this.#done(record),
    });
    record.onDisk = place;
    this.#outstanding += 1;
    this.#outstandingBytes += record.bytes;
    const taken = core.restore(new SpanSlot<SpanRecord>(), record, mask, "orphan", clock.monotonicMs());
    place.leave(mask & ~taken);
    this.#host.wake();
  }

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
  }

  /** Lanes of other names are left as they are: another configuration may deliver them. */
  #lanesOf(entry: OrphanEntry): Lane<SpanRecord>[] {
    return entry.lanes.flatMap((name) => this.#lanes.get(name) ?? []);
  }

  #coalesce(orphan: Orphan, entry: OrphanEntry): void {
    for (const lane of this.#lanesOf(entry)) {
      lane.account.orphanWasCoalesced();
      orphan.settle(lane.config.name, entry.seq, "coalesced");
    }
  }

  #countUnreadable(orphan: Orphan, entry: OrphanEntry): void {
    for (const lane of this.#lanesOf(entry)) {
      lane.account.orphansWereLost(1, "corrupt");
      orphan.settle(lane.config.name, entry.seq, "dropped");
    }
  }

  /** What the dead process had accepted and is not on disk: counted here, once, since nobody else can. */
  #countLost(orphan: Orphan): void {
    let lost = 0;
    for (const { lane: name, corrupt, crash } of orphan.report?.lanes ?? []) {
      const lane = this.#lanes.get(name);
      if (lane === undefined) continue;
      lane.account.orphansWereLost(corrupt, "corrupt");
      lane.account.orphansWereLost(crash, "crash");
      lost += corrupt + crash;
    }
    if (lost > 0)
      this.#warn(`a process that ended without a shutdown lost ${lost} records that had not reached the disk`);
  }

  #warn(message: string): void {
    this.#host.diagnostics.warn("recovery", `spool: ${message}`, this.#host.clock.monotonicMs());
  }
}

interface OrphanPlaceParts {
  /** The lanes that took the record. */
  readonly mask: number;
  readonly settle: (lane: number, as: EndedAs) => void;
  /** No lane holds it in memory any more. */
  readonly done: () => void;
}

/** A record's place in the spool of a process that died. */
class OrphanPlace implements DiskPlace {
  readonly isKept = true;
  readonly #parts: OrphanPlaceParts;
  #holders: number;

  constructor(parts: OrphanPlaceParts) {
    this.#parts = parts;
    this.#holders = parts.mask;
  }

  settle(lane: number, as: EndedAs): void {
    this.#parts.settle(lane, as);
    this.leave(1 << lane);
  }

  /** It stays where it is, for the next start. */
  spill(lane: number): void {
    this.leave(1 << lane);
  }

  leave(lanes: number): void {
    if ((this.#holders & lanes) === 0) return;
    this.#holders &= ~lanes;
    if (this.#holders === 0) this.#parts.done();
  }
}
