/**
 * The table of producers: what each last reported, which of its records arrived, and what is known of its process.
 * Within a transaction of the caller's. The tallies of traces count open spans by the state of their producer, so a state
 * changes here and nowhere else.
 */
import { formatTimestamp, type ProducerReport, type ProducerState, type ProducerSummary } from "@everspan/protocol";
import { MAX_PRODUCERS, PRODUCER_LIFE_MS } from "../../../limits.ts";
import type { ProducerQuery, ReceivedReport, StoredProducer } from "../../producer-store.ts";
import { missingUpTo, NO_RANGES, type SeqRanges, withRange } from "../../seq-ranges.ts";
import { countOpen } from "../../trace-tally.ts";
import { bytesToId } from "../schema/id-bytes.ts";
import type { Database, SqlValue, Statement } from "../schema/sqlite.ts";
import type { TraceTable } from "./trace-table.ts";

/** Rows that are removed for their age when another is added. */
const REMOVALS_IN_ONE_GO = 100;
/** Traces of a producer's last batch that a loss which it reports next is counted for. */
const MAX_RECENT_TRACES = 64;

interface ProducerRow {
  readonly producer: number;
  readonly producer_id: string;
  readonly state: ProducerState;
  readonly reports: number;
  readonly batch: number;
  readonly highest_seq: number;
  readonly seen_ms: number;
  readonly service: string | null;
  /** JSON of the newest `ProducerReport`. */
  readonly report: string;
  /** JSON of `SeqRanges`. */
  readonly received: string;
  /** 1: it was silent for too long; only its number is kept, for its open spans. */
  readonly forgotten: number;
}

interface OpenSpansRow {
  readonly trace_id: Uint8Array;
  readonly spans: number;
}

export class ProducerTable {
  readonly #database: Database;
  readonly #traces: TraceTable;
  readonly #select: Statement;
  readonly #stateOf: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #updateState: Statement;
  readonly #openSpans: Statement;
  readonly #count: Statement;
  readonly #outlived: Statement;
  readonly #remove: Statement;
  readonly #forget: Statement;
  #dropped: { readonly records: number; readonly traceIds: ReadonlySet<string> }[] = [];
  /** Traces of each producer's last batch with spans. */
  readonly #recentTraces = new Map<number, readonly string[]>();

  constructor(database: Database, traces: TraceTable) {
    this.#database = database;
    this.#traces = traces;
    this.#select = database.prepare("SELECT * FROM producers WHERE project = ? AND producer_id = ?");
    this.#stateOf = database.prepare("SELECT state FROM producers WHERE producer = ?");
    this.#insert = database.prepare(
      "INSERT INTO producers (project, producer_id, state, reports, batch, highest_seq, seen_ms, service, report, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#update = database.prepare(
      "UPDATE producers SET state = ?, reports = ?, batch = ?, highest_seq = ?, seen_ms = ?, service = ?, report = ?, received = ?, forgotten = 0 WHERE producer = ?",
    );
    this.#updateState = database.prepare("UPDATE producers SET state = ? WHERE producer = ?");
    this.#openSpans = database.prepare(
      `SELECT trace_id, count(*) AS spans FROM spans JOIN traces USING (trace)
       WHERE producer = ? AND spans.duration_us IS NULL GROUP BY spans.trace`,
    );
    this.#count = database.prepare("SELECT count(*) AS producers FROM producers WHERE project = ? AND forgotten = 0");
    this.#outlived = database.prepare(
      "SELECT producer, producer_id, seen_ms FROM producers WHERE project = ? AND forgotten = 0 ORDER BY seen_ms LIMIT ?",
    );
    this.#remove = database.prepare("DELETE FROM producers WHERE producer = ?");
    this.#forget = database.prepare(
      "UPDATE producers SET forgotten = 1, state = 'lost', reports = 0, report = '{}', received = '' WHERE producer = ?",
    );
  }

  /**
   * Stores a report: the producer lives, or has ended when it is final, unless a newer one came before.
   * @param traceIds those of the batch that it came with @returns the producer's number
   */
  report(project: number, received: ReceivedReport, traceIds: ReadonlySet<string> = new Set()): number {
    const { report, final, service, receivedAtMs } = received;
    const row = this.#select.get(project, report.id) as unknown as ProducerRow | undefined;
    const known = row?.forgotten === 0 ? row : undefined;
    if (known === undefined) this.#makeRoom(project, receivedAtMs);
    const isNews = known === undefined || isNewer(received, known);
    const state = isNews ? (final ? "ended" : "running") : known.state;
    const values = [
      state,
      (known?.reports ?? 0) + 1,
      Math.max(report.batch, known?.batch ?? 0),
      Math.max(report.lastSeq, known?.highest_seq ?? 0),
      receivedAtMs,
      service ?? known?.service ?? null,
      isNews ? JSON.stringify(report) : known.report,
      JSON.stringify(receivedWith(known, received)),
    ];
    if (row === undefined) return Number(this.#insert.run(project, report.id, ...values).lastInsertRowid);
    this.#recountOpen(project, row.producer, row.state, state);
    this.#update.run(...values, row.producer);
    if (known !== undefined) this.#noteDropped(known, report, traceIds);
    return row.producer;
  }

  /**
   * Counts what was dropped for the traces that the producer was sending then: those of its batch, of the batch before,
   * and those with open spans. Which of them lost what, nobody knows. After the spans of the write were merged.
   */
  countDropped(project: number): void {
    for (const { records, traceIds } of this.#dropped.splice(0)) {
      for (const traceId of traceIds) {
        const open = this.#traces.find(project, traceId);
        if (open !== undefined) open.tally.droppedRecords += records;
      }
    }
  }

  /** A producer of an older file, as it stands there. */
  takeOver(
    project: number,
    row: Omit<ProducerRow, "producer" | "state" | "reports" | "forgotten"> & { state: string; words: number },
  ) {
    if (this.#find(project, row.producer_id) !== undefined) return;
    const { state, words, batch, highest_seq: highestSeq, seen_ms: seenMs, service, report, received } = row;
    this.#insert.run(project, row.producer_id, state, words, batch, highestSeq, seenMs, service, report, received);
  }

  /** The number of a producer; null for one that is not known. */
  numberOf(project: number, producerId: string | null): number | null {
    return producerId === null ? null : (this.#find(project, producerId)?.producer ?? null);
  }

  /** Only while it reported no more often than this; an unknown producer stays what it is: lost. */
  setState(project: number, producerId: string, state: ProducerState, reports = Number.POSITIVE_INFINITY): boolean {
    const known = this.#find(project, producerId);
    if (known === undefined || known.reports > reports) return false;
    this.#recountOpen(project, known.producer, known.state, state);
    this.#updateState.run(state, known.producer);
    return true;
  }

  /** Null without a producer. One that is no longer known was silent for so long that it is gone. */
  stateOf(producer: number | null): ProducerState | null {
    if (producer === null) return null;
    const row = this.#stateOf.get(producer) as { state: ProducerState } | undefined;
    return row?.state ?? "lost";
  }

  find(project: number, producerId: string): StoredProducer | undefined {
    const row = this.#find(project, producerId);
    return row === undefined ? undefined : { producer: toSummary(row), reports: row.reports };
  }

  /** Those that reported last first. */
  list(project: number, { limit, states }: ProducerQuery): ProducerSummary[] {
    const parameters: SqlValue[] = [project];
    const filter = states === undefined ? "" : `AND state IN (${states.map(() => "?").join(", ")})`;
    if (states !== undefined) parameters.push(...states);
    const rows = this.#database
      .prepare(
        `SELECT * FROM producers WHERE project = ? AND forgotten = 0 ${filter} ORDER BY seen_ms DESC, producer_id LIMIT ?`,
      )
      .all(...parameters, limit) as unknown as ProducerRow[];
    return rows.map(toSummary);
  }

  /** Ids that are not known are left out. */
  get(project: number, producerIds: Iterable<string>): ProducerSummary[] {
    return [...producerIds].flatMap((id) => this.find(project, id)?.producer ?? []);
  }

  /** Traces in which spans of this producer have not ended. */
  openTraceIds(project: number, producerId: string): string[] {
    const known = this.#find(project, producerId);
    return known === undefined ? [] : this.#open(known.producer).map((row) => bytesToId(row.trace_id));
  }

  /** After a rollback the traces of a batch are not those that were stored last. */
  forget(): void {
    this.#recentTraces.clear();
    this.#dropped = [];
  }

  #find(project: number, producerId: string): ProducerRow | undefined {
    const row = this.#select.get(project, producerId) as unknown as ProducerRow | undefined;
    return row?.forgotten === 0 ? row : undefined;
  }

  #open(producer: number): OpenSpansRow[] {
    return this.#openSpans.all(producer) as unknown as OpenSpansRow[];
  }

  #recountOpen(project: number, producer: number, before: ProducerState, after: ProducerState): void {
    if (before === after) return;
    for (const row of this.#open(producer)) {
      const open = this.#traces.find(project, bytesToId(row.trace_id));
      if (open === undefined) continue;
      countOpen(open.tally, before, -row.spans);
      countOpen(open.tally, after, row.spans);
    }
  }

  #noteDropped(known: ProducerRow, report: ProducerReport, traceIds: ReadonlySet<string>): void {
    const recent = this.#recentTraces.get(known.producer) ?? [];
    if (traceIds.size > 0) this.#recentTraces.set(known.producer, [...traceIds].slice(0, MAX_RECENT_TRACES));
    if (this.#recentTraces.size > MAX_PRODUCERS) this.#recentTraces.clear();
    const records = droppedIn(report) - droppedIn(JSON.parse(known.report) as ProducerReport);
    if (records <= 0) return;
    const openIds = this.#open(known.producer).map((row) => bytesToId(row.trace_id));
    this.#dropped.push({
      records,
      traceIds: new Set([...traceIds, ...recent, ...openIds.slice(0, MAX_RECENT_TRACES)]),
    });
  }

  /** Removes who was silent for too long, or for longest when there are too many. */
  #makeRoom(project: number, nowMs: number): void {
    const { producers } = this.#count.get(project) as { producers: number };
    const surplus = producers + 1 - MAX_PRODUCERS;
    const oldest = this.#outlived.all(project, REMOVALS_IN_ONE_GO) as unknown as ProducerRow[];
    for (const [index, { producer, producer_id: id, seen_ms: seenMs }] of oldest.entries()) {
      if (index >= surplus && nowMs - seenMs < PRODUCER_LIFE_MS) return;
      this.setState(project, id, "lost");
      // Its open spans keep its number: they run again when it comes back.
      if (this.#open(producer).length > 0) this.#forget.run(producer);
      else this.#remove.run(producer);
    }
  }
}

function droppedIn({ ledger }: ProducerReport): number {
  const counts = Object.values(ledger?.dropped ?? {}).filter((count) => Number.isSafeInteger(count) && count > 0);
  return Math.min(
    Number.MAX_SAFE_INTEGER,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

/** Of equal numbers the later report counts, but a final one is followed by none of its number. */
function isNewer({ report, final }: ReceivedReport, known: ProducerRow): boolean {
  return known.state === "ended" && !final ? report.batch > known.batch : report.batch >= known.batch;
}

function receivedWith(known: ProducerRow | undefined, { firstSeq, report }: ReceivedReport): SeqRanges {
  const received = known === undefined ? NO_RANGES : (JSON.parse(known.received) as SeqRanges);
  return firstSeq === undefined ? received : withRange(received, firstSeq, report.lastSeq);
}

function toSummary(row: ProducerRow): ProducerSummary {
  const report = JSON.parse(row.report) as ProducerReport;
  return {
    id: row.producer_id,
    state: row.state,
    service: row.service,
    host: report.host ?? null,
    pid: report.pid ?? null,
    startedAt: report.startedAt ?? null,
    lastSeen: formatTimestamp(row.seen_ms * 1000),
    heartbeatMs: report.heartbeatMs ?? null,
    openSpans: report.openSpans ?? 0,
    ledger: report.ledger ?? null,
    missingRecords: missingUpTo(JSON.parse(row.received) as SeqRanges, row.highest_seq),
  };
}
