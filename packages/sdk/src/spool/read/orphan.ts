import { join } from "node:path";
import type { Clock } from "../../contract/clock.ts";
import { attempt, removeFile } from "../disk/file-steps.ts";
import { errorCode, type Fd, type SpoolFs } from "../disk/spool-fs.ts";
import { call, runOffLoop, runSync, type Steps } from "../disk/steps.ts";
import { NO_DOUBT } from "../format/doubt.ts";
import type { SpoolEntry, StoredEntry } from "../format/entries.ts";
import { countLanes, type LaneTable } from "../format/lane-table.ts";
import {
  type LaneCounts,
  type LaneState,
  type LedgerSlot,
  LedgerWriter,
  NO_COUNTS,
  NOTHING_UNTOLD,
  type Untold,
} from "../format/ledger-file.ts";
import { SeqSet } from "../format/seq-set.ts";
import { type IncarnationName, LEDGER_FILE, removeIncarnation } from "../lifecycle/incarnation.ts";
import { quarantine } from "../lifecycle/quarantine.ts";
import { OrphanDoubt } from "./orphan-doubt.ts";
import { type LaneReport, type OrphanReport, reportLanes } from "./orphan-report.ts";
import { readSegment, type SegmentFindings } from "./segment-reader.ts";

/** What became of a record in a lane. */
export type SettledAs = "delivered" | "coalesced" | "dropped";

export interface OrphanEntry extends SpoolEntry {
  /** The lanes in which it is not settled. */
  readonly lanes: readonly string[];
  /** Those of them in which an attempt without an answer may have delivered it. */
  readonly doubtful: readonly string[];
}

/** A segment as the directory shows it, before anybody read it. */
export interface OrphanSegment {
  readonly path: string;
  readonly ordinal: number;
  readonly bytes: number;
}

interface SegmentProgress extends OrphanSegment {
  /** Records in lanes that are still to be settled. */
  unsettled: number;
  findings: SegmentFindings | undefined;
}

export interface OrphanParts {
  readonly fs: SpoolFs;
  readonly clock: Clock;
  /** The spool directory. */
  readonly directory: string;
  readonly path: string;
  readonly name: IncarnationName;
  readonly firstSeq: number;
  readonly lanes: LaneTable;
  readonly ledger: LedgerSlot | undefined;
  readonly segments: readonly OrphanSegment[];
  readonly isDurable: boolean;
  /** Temporary and foreign files, by name. */
  readonly foreign: number;
}

const COMMIT_DELAY_MS = 20;

/**
 * What one dead process left, adopted by this one. Its records are read as a stream and settled here, in its own
 * ledger, so that another crash in the middle costs at most what was not committed: duplicates, no loss.
 */
export class Orphan {
  readonly id: string;
  /** Wall time at which the dead process opened its spool. */
  readonly startedMs: number;
  readonly lanes: readonly string[];
  readonly #parts: OrphanParts;
  /** What was lost in it, and by those who adopted it before, and told by nobody. */
  readonly inherited: ReadonlyMap<string, Untold>;
  readonly #counts = new Map<string, { -readonly [Key in keyof LaneCounts]: LaneCounts[Key] }>();
  readonly #untold = new Map<string, { -readonly [Key in keyof Untold]: Untold[Key] }>();
  readonly #doubt: OrphanDoubt;
  #isTold = false;
  readonly #segments: SegmentProgress[];
  readonly #ledgerWriter: LedgerWriter;
  /** Numbers that some segment held. A record that was written twice is read once. */
  readonly #seen = new SeqSet();
  readonly #segmentOf = new Map<number, SegmentProgress>();
  #ledgerFd: Fd | undefined;
  /** Pending by the ledger when the process died. */
  readonly #pendingAtDeath: ReadonlyMap<string, number>;
  readonly #recovered = new Map<string, number>();
  #lastSignMs: number;
  #duplicates = 0;
  #partialRecords = 0;
  #report: OrphanReport | undefined;
  #isReading = false;
  #isDirty = false;
  #committing: Promise<void> | undefined;
  #cancelCommit: (() => void) | undefined;

  constructor(parts: OrphanParts) {
    this.#parts = parts;
    this.id = parts.name.id;
    this.startedMs = parts.name.startedMs;
    this.lanes = parts.lanes.names;
    this.#segments = parts.segments.map((segment) => ({ ...segment, unsettled: 0, findings: undefined }));
    this.#ledgerWriter = new LedgerWriter(this.id, parts.ledger?.generation);
    this.#lastSignMs = Math.max(parts.name.startedMs, parts.ledger?.writtenMs ?? 0);
    for (const [bit, name] of this.lanes.entries()) {
      this.#counts.set(name, { ...(parts.ledger?.lanes[bit]?.counts ?? NO_COUNTS) });
      this.#untold.set(name, { ...(parts.ledger?.lanes[bit]?.untold ?? NOTHING_UNTOLD) });
    }
    this.inherited = new Map([...this.#untold].map(([name, untold]) => [name, { ...untold }]));
    this.#doubt = new OrphanDoubt(this.lanes, (bit) => parts.ledger?.lanes[bit]?.doubt ?? NO_DOUBT);
    this.#pendingAtDeath = new Map([...this.#counts].map(([name, counts]) => [name, pendingOf(counts)]));
  }

  /** Bytes still on disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /**
   * Wall time of the last thing that the process is known to have done: the end of the spans it left open. Before
   * `read` has ended it is the last heartbeat.
   */
  get lastSignOfLifeMs(): number {
    return this.#lastSignMs;
  }

  /** The account, once `read` has come to its end. */
  get report(): OrphanReport | undefined {
    return this.#report;
  }

  /** True once everything was read and settled. */
  get isDrained(): boolean {
    return this.#report !== undefined && this.#segments.every((segment) => segment.unsettled === 0);
  }

  /**
   * The records that are not settled in every lane, in the order of their writing. Memory: one segment's blobs. To be
   * read once; at its end `report` is there, and what is lost is settled as dropped.
   */
  async *read(): AsyncGenerator<OrphanEntry> {
    if (this.#isReading) throw new Error("an orphan is read once");
    this.#isReading = true;
    // A copy: what is settled while it is read leaves the list, and must not shift the rest of it.
    for (const segment of [...this.#segments]) {
      segment.findings = yield* this.#readSegment(segment);
      this.#isDirty = true;
      this.#scheduleCommit();
    }
    this.#report = this.#account();
    await this.commit();
  }

  /**
   * Reads records once more, of those that `read` gave and that some lane has not settled. Each comes once; what can't be
   * found any more does not come.
   */
  async *readAgain(wanted: Iterable<number>): AsyncGenerator<OrphanEntry> {
    const left = new Set(wanted);
    const segments = new Set([...left].flatMap((seq) => this.#segmentOf.get(seq) ?? []));
    for (const { path, ordinal } of segments) {
      for await (const stored of readSegment(this.#parts.fs.offLoop, { path, ordinal, incarnationId: this.id })) {
        if (!left.delete(stored.seq)) continue;
        const { seq, head, blobs, isWhole } = stored;
        const lanes = this.#parts.lanes.namesOf(this.#parts.lanes.unsettled(seq, stored.lanes & this.#parts.lanes.all));
        if (lanes.length > 0) yield { seq, head, blobs, isWhole, lanes, doubtful: this.#doubt.lanesOf(seq, lanes) };
      }
    }
  }

  /** Whether an attempt without an answer may have delivered the record in this lane. */
  isDoubtful(lane: string, seq: number): boolean {
    return this.#doubt.has(lane, seq);
  }

  /** The lane sends the record: until it has an answer nobody knows. On disk once `commit` has ended. */
  sent(lane: string, seq: number): void {
    if (this.#doubt.add(lane, seq)) this.#changed();
  }

  /** The attempt ended, and the record has not arrived. */
  notArrived(lane: string, seq: number): void {
    if (this.#doubt.delete(lane, seq)) this.#changed();
  }

  /** Whoever adopted it ends in order and tells of all that was lost in it. */
  tell(): void {
    this.#isTold = true;
    this.#isDirty = true;
  }

  /** Settling is remembered on disk within 20 ms, or by `commit`. */
  settle(lane: string, seq: number, as: SettledAs, maybeDelivered = false): void {
    if (!this.#parts.lanes.settle(lane, seq)) return;
    this.#counts.get(lane)![as] += 1;
    const untold = this.#untold.get(lane)!;
    if (as === "dropped") untold.dropped += 1;
    if (maybeDelivered) untold.maybeDelivered += 1;
    this.#doubt.delete(lane, seq);
    const segment = this.#segmentOf.get(seq);
    if (segment !== undefined) {
      segment.unsettled -= 1;
      if (this.#parts.lanes.unsettled(seq, this.#parts.lanes.all) === 0) this.#segmentOf.delete(seq);
    }
    this.#changed();
  }

  #changed(): void {
    this.#isDirty = true;
    this.#scheduleCommit();
  }

  /** Writes what is settled and removes what is no longer needed. Never throws: what fails is done by the next start. */
  async commit(): Promise<void> {
    this.#cancelCommit?.();
    this.#cancelCommit = undefined;
    while (this.#committing !== undefined) await this.#committing;
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.#committing = runOffLoop(
      this.#parts.fs,
      attempt(() => this.#commitSteps()),
    ).then(() => {
      this.#committing = undefined;
    });
    await this.#committing;
  }

  /**
   * Remembers what is settled within this turn: for an exit handler, also while a commit is half done. What is no longer
   * needed is removed by the next start.
   */
  commitSync(): void {
    if (!this.#isDirty && this.#committing === undefined) return;
    runSync(
      this.#parts.fs,
      attempt(() => this.#rememberSteps()),
    );
  }

  /** By a handle of its own: the other one may be in a call that goes on in its thread. */
  *#rememberSteps(): Steps<void> {
    yield* this.#writeLedger(yield* this.#openLedger());
  }

  async *#readSegment(segment: SegmentProgress): AsyncGenerator<OrphanEntry, SegmentFindings> {
    const place = { path: segment.path, ordinal: segment.ordinal, incarnationId: this.id };
    const stored = readSegment(this.#parts.fs.offLoop, place);
    for (let next = await stored.next(); ; next = await stored.next()) {
      if (next.done) return next.value;
      const entry = this.#admit(segment, next.value);
      if (entry !== undefined) yield entry;
    }
  }

  #admit(segment: SegmentProgress, stored: StoredEntry): OrphanEntry | undefined {
    this.#lastSignMs = Math.max(this.#lastSignMs, stored.writtenMs);
    if (!this.#seen.add(stored.seq)) {
      this.#duplicates += 1;
      return undefined;
    }
    const table = this.#parts.lanes;
    table.markUnconcerned(stored.seq, stored.lanes);
    const unsettled = table.unsettled(stored.seq, stored.lanes & table.all);
    if (unsettled === 0) return undefined;
    segment.unsettled += countLanes(unsettled);
    this.#segmentOf.set(stored.seq, segment);
    if (!stored.isWhole) this.#partialRecords += 1;
    const { seq, head, blobs, isWhole } = stored;
    const lanes = table.namesOf(unsettled);
    for (const lane of lanes) this.#recovered.set(lane, (this.#recovered.get(lane) ?? 0) + 1);
    return { seq, head, blobs, isWhole, lanes, doubtful: this.#doubt.lanesOf(seq, lanes) };
  }

  #account(): OrphanReport {
    const { ledger, lanes, firstSeq } = this.#parts;
    const reports = reportLanes({
      firstSeq,
      captured: ledger?.captured,
      seen: this.#seen,
      lanes,
      pendingOf: (lane) => this.#pendingAtDeath.get(lane) ?? 0,
      recoveredOf: (lane) => this.#recovered.get(lane) ?? 0,
      doubtOf: (lane) => this.#doubt.of(lane),
    });
    for (const lane of reports) this.#writeOff(lane);
    const read = this.#segments.flatMap((segment) => segment.findings ?? []);
    const sum = (of: (findings: SegmentFindings) => number) =>
      read.reduce((total, findings) => total + of(findings), 0);
    return {
      lanes: reports,
      isExact: ledger?.isComplete === true && ledger.captured >= (this.#seen.ranges.at(-1)?.last ?? 0),
      records: this.#seen.size,
      duplicates: this.#duplicates,
      partialRecords: this.#partialRecords,
      damagedBytes: sum((findings) => findings.damagedBytes),
      tornBytes: sum((findings) => findings.tailBytes),
      unreadablePages: sum((findings) => findings.unreadablePages),
      damagedSegments: read.filter(isDamaged).length,
      foreign: this.#parts.foreign + read.filter(({ kind }) => kind === "foreign").length,
    };
  }

  /** The loss is told once: in this account. The next reader finds it settled. */
  #writeOff(lane: LaneReport): void {
    const settled = this.#parts.lanes.settledIn(lane.lane)!;
    for (const range of lane.lost) settled.addRange(range.first, range.last);
    const lost = lane.corrupt + lane.crash;
    this.#counts.get(lane.lane)!.dropped += lost;
    const untold = this.#untold.get(lane.lane)!;
    untold.dropped += lost;
    untold.maybeDelivered += lane.maybeDelivered;
    this.#doubt.forgetUnnumbered(lane.lane);
    this.#isDirty = true;
  }

  readonly #stateOf = (lane: string): LaneState => ({
    counts: this.#counts.get(lane)!,
    untold: this.#isTold ? NOTHING_UNTOLD : this.#untold.get(lane)!,
    doubt: this.#doubt.of(lane),
  });

  /** Losses that nobody has told of stay on disk as long as this process may yet be killed. */
  get #mayGo(): boolean {
    return this.#isTold || [...this.#untold.values()].every((untold) => untold.dropped + untold.maybeDelivered === 0);
  }

  #scheduleCommit(): void {
    this.#cancelCommit ??= this.#parts.clock.schedule(() => void this.commit(), COMMIT_DELAY_MS, false);
  }

  /** First the ledger, then the deletions that rely on it. */
  *#commitSteps(): Steps<void> {
    const fd = this.#ledgerFd ?? (yield* this.#openLedger());
    this.#ledgerFd = fd;
    yield* this.#writeLedger(fd);
    for (const segment of [...this.#segments]) yield* this.#disposeOf(segment);
    if (!this.isDrained) return;
    this.#ledgerFd = undefined;
    yield* call((fs) => fs.close(fd));
    if (this.#mayGo) yield* removeIncarnation(this.#parts.path);
  }

  *#writeLedger(fd: Fd): Steps<void> {
    const captured = Math.max(this.#parts.ledger?.captured ?? 0, this.#seen.ranges.at(-1)?.last ?? 0);
    const lanes = this.#parts.lanes.accounts(this.#stateOf);
    // The time stays that of the dead process: its open spans end there, however often it is adopted.
    yield* this.#ledgerWriter.write(fd, { captured, writtenMs: this.#lastSignMs, lanes });
    if (this.#parts.isDurable) yield* call((fs) => fs.fsync(fd));
  }

  *#openLedger(): Steps<Fd> {
    const path = join(this.#parts.path, LEDGER_FILE);
    try {
      return yield* call((fs) => fs.open(path, "write"));
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      return yield* call((fs) => fs.open(path, "create"));
    }
  }

  *#disposeOf(segment: SegmentProgress): Steps<void> {
    const { findings } = segment;
    if (findings === undefined) return;
    if (segment.unsettled > 0) return yield* this.#truncateTornTail(segment, findings);
    if (findings.kind === "foreign") return;
    if (isDamaged(findings)) {
      if (!(yield* quarantine(this.#parts.directory, segment.path, this.id))) return;
    } else {
      yield* removeFile(segment.path);
    }
    this.#segments.splice(this.#segments.indexOf(segment), 1);
  }

  /** Only the newest segment can end in the middle of a write; what follows damage elsewhere may still be of use. */
  *#truncateTornTail(segment: SegmentProgress, findings: SegmentFindings): Steps<void> {
    if (segment !== this.#segments.at(-1) || findings.tailBytes === 0 || findings.kind !== "read") return;
    const fd = yield* call((fs) => fs.open(segment.path, "write"));
    try {
      yield* call((fs) => fs.truncate(fd, findings.validEnd));
    } finally {
      yield* call((fs) => fs.close(fd));
    }
    segment.findings = { ...findings, tailBytes: 0 };
  }
}

function pendingOf({ created, delivered, coalesced, dropped }: LaneCounts): number {
  return created - delivered - coalesced - dropped;
}

function isDamaged(findings: SegmentFindings): boolean {
  return findings.kind === "unparsable" || findings.damagedBytes > 0 || findings.unreadablePages > 0;
}
