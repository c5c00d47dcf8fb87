/**
 * The table of producers: what each last said of itself, which of its records arrived, and what is known of its
 * process. Within a transaction of the caller's. The tallies of traces count open spans by the state of their
 * producer, so a state changes here and nowhere else.
 */
import type { ProducerReport, ProducerState, ProducerSummary } from "@everspan/protocol";
import { formatTimestamp } from "@everspan/protocol";
import { MAX_PRODUCERS, PRODUCER_LIFE_MS } from "../../limits.ts";
import { missingUpTo, NO_RANGES, type SeqRanges, withRange } from "../seq-ranges.ts";
import type { ProducerQuery, ReceivedReport, StoredProducer } from "../trace-store.ts";
import { countOpen } from "../trace-tally.ts";
import type { Database, SqlValue, Statement } from "./sqlite.ts";
import type { TallyTable } from "./tally-table.ts";

/** Rows that are removed for their age when another is added. */
const REMOVALS_AT_ONCE = 100;

interface ProducerRow {
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
}

export class ProducerTable {
  readonly #database: Database;
  readonly #tallies: TallyTable;
  readonly #select: Statement;
  readonly #selectState: Statement;
  readonly #upsert: Statement;
  readonly #updateState: Statement;
  readonly #openSpans: Statement;
  readonly #count: Statement;
  readonly #outlived: Statement;
  readonly #remove: Statement;

  constructor(database: Database, tallies: TallyTable) {
    const key = "project = ? AND producer_id = ?";
    this.#database = database;
    this.#tallies = tallies;
    this.#select = database.prepare(`SELECT *, words AS reports FROM producers WHERE ${key}`);
    this.#selectState = database.prepare(`SELECT state, words AS reports FROM producers WHERE ${key}`);
    this.#upsert = database.prepare(
      "INSERT OR REPLACE INTO producers (project, producer_id, state, words, batch, highest_seq, seen_ms, service, report, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#updateState = database.prepare(`UPDATE producers SET state = ? WHERE ${key}`);
    this.#openSpans = database.prepare(
      `SELECT trace_id, count(*) AS spans FROM spans WHERE ${key} AND end_us IS NULL GROUP BY trace_id`,
    );
    this.#count = database.prepare("SELECT count(*) AS producers FROM producers WHERE project = ?");
    this.#outlived = database.prepare(
      "SELECT producer_id, seen_ms FROM producers WHERE project = ? ORDER BY seen_ms LIMIT ?",
    );
    this.#remove = database.prepare(`DELETE FROM producers WHERE ${key}`);
  }

  /** Stores a report: the producer lives, or has ended when it is final, unless a newer one came before. */
  report(project: string, received: ReceivedReport): void {
    const { report, final, service, receivedAtMs } = received;
    const known = this.#select.get(project, report.id) as ProducerRow | undefined;
    if (known === undefined) this.#makeRoom(project, receivedAtMs);
    const isNews = known === undefined || isNewer(received, known);
    const state = isNews ? (final ? "ended" : "running") : known.state;
    this.#recountOpen(project, report.id, this.stateOf(project, report.id), state);
    this.#upsert.run(
      project,
      report.id,
      state,
      (known?.reports ?? 0) + 1,
      Math.max(report.batch, known?.batch ?? 0),
      Math.max(report.lastSeq, known?.highest_seq ?? 0),
      receivedAtMs,
      service ?? known?.service ?? null,
      isNews ? JSON.stringify(report) : known.report,
      JSON.stringify(receivedWith(known, received)),
    );
  }

  /** Only while it was reported no more often than this; an unknown producer stays what it is: lost. */
  setState(project: string, producerId: string, state: ProducerState, reports = Number.POSITIVE_INFINITY): boolean {
    const known = this.#selectState.get(project, producerId) as { state: ProducerState; reports: number } | undefined;
    if (known === undefined || known.reports > reports) return false;
    this.#recountOpen(project, producerId, known.state, state);
    this.#updateState.run(state, project, producerId);
    return true;
  }

  /** Null without a producer. One that is no longer known was silent for so long that it is gone. */
  stateOf(project: string, producerId: string | null): ProducerState | null {
    if (producerId === null) return null;
    const row = this.#selectState.get(project, producerId) as { state: ProducerState } | undefined;
    return row?.state ?? "lost";
  }

  find(project: string, producerId: string): StoredProducer | undefined {
    const row = this.#select.get(project, producerId) as ProducerRow | undefined;
    return row === undefined ? undefined : { producer: toSummary(row), reports: row.reports };
  }

  /** Those reported last first. */
  list(project: string, { limit, states }: ProducerQuery): ProducerSummary[] {
    const parameters: SqlValue[] = [project];
    const filter = states === undefined ? "" : `AND state IN (${states.map(() => "?").join(", ")})`;
    if (states !== undefined) parameters.push(...states);
    const rows = this.#database
      .prepare(
        `SELECT *, words AS reports FROM producers WHERE project = ? ${filter} ORDER BY seen_ms DESC, producer_id LIMIT ?`,
      )
      .all(...parameters, limit) as unknown as ProducerRow[];
    return rows.map(toSummary);
  }

  /** Ids that are not known are left out. */
  get(project: string, producerIds: Iterable<string>): ProducerSummary[] {
    return [...producerIds].flatMap((id) => this.find(project, id)?.producer ?? []);
  }

  /** Traces in which spans of this producer have not ended. */
  openTraceIds(project: string, producerId: string): string[] {
    return (this.#openSpans.all(project, producerId) as { trace_id: string }[]).map((row) => row.trace_id);
  }

  #recountOpen(project: string, producerId: string, before: ProducerState | null, after: ProducerState): void {
    if (before === after) return;
    for (const row of this.#openSpans.all(project, producerId) as { trace_id: string; spans: number }[]) {
      const tally = this.#tallies.load(project, row.trace_id);
      countOpen(tally, before, -row.spans);
      countOpen(tally, after, row.spans);
    }
  }

  /** Removes who was silent for too long, or for longest when there are too many. */
  #makeRoom(project: string, nowMs: number): void {
    const { producers } = this.#count.get(project) as { producers: number };
    const surplus = producers + 1 - MAX_PRODUCERS;
    const oldest = this.#outlived.all(project, REMOVALS_AT_ONCE) as { producer_id: string; seen_ms: number }[];
    for (const [index, { producer_id: id, seen_ms: seenMs }] of oldest.entries()) {
      if (index >= surplus && nowMs - seenMs < PRODUCER_LIFE_MS) return;
      this.setState(project, id, "lost");
      this.#remove.run(project, id);
    }
  }
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
