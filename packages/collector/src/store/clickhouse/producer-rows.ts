/**
 * What is known of a process, put together of what each collector knows of it. A collector writes its own rows only, so
 * none overwrites what another has counted; together they are a sum, whatever the order in which they are read. Pure.
 */
import { formatTimestamp, type ProducerReport, type ProducerState, type ProducerSummary } from "@everspan/protocol";
import { MAX_PRODUCERS, PRODUCER_LIFE_MS } from "../../limits.ts";
import type { ReceivedReport, StoredProducer } from "../producer-store.ts";
import { missingUpTo, NO_RANGES, type SeqRanges, withRange } from "../seq-ranges.ts";

/** A row of the table `producers`. */
export interface ProducerRow {
  readonly producer_id: string;
  readonly collector: string;
  /** Reports that came here, and those of them that were newer than what came before. */
  readonly reports: number;
  readonly news: number;
  readonly batch: number;
  readonly is_final: number;
  readonly highest_seq: number;
  readonly seen_ms: number;
  readonly service: string | null;
  /** JSON of the newest `ProducerReport`; empty when none came here. */
  readonly report: string;
  /** JSON of `SeqRanges`. */
  readonly received: string;
  /** What something else than its reports told of it; empty: nothing. It stands until more than `told_news` came. */
  readonly told_state: string;
  readonly told_news: number;
  readonly told_at: number;
}

export const PRODUCER_COLUMNS =
  "producer_id, collector, reports, news, batch, is_final, highest_seq, seen_ms, service, report, received, told_state, told_news, told_at";

export function emptyRow(producerId: string, collector: string): ProducerRow {
  return {
    producer_id: producerId,
    collector,
    reports: 0,
    news: 0,
    batch: 0,
    is_final: 0,
    highest_seq: 0,
    seen_ms: 0,
    service: null,
    report: "",
    received: JSON.stringify(NO_RANGES),
    told_state: "",
    told_news: 0,
    told_at: 0,
  };
}

/** The row of this collector after another report. */
export function withReport(row: ProducerRow, received: ReceivedReport): ProducerRow {
  const { report, final, service, receivedAtMs, firstSeq } = received;
  const isNews = row.report === "" || isNewer(received, row);
  const ranges = JSON.parse(row.received) as SeqRanges;
  return {
    ...row,
    reports: row.reports + 1,
    news: row.news + (isNews ? 1 : 0),
    batch: Math.max(row.batch, report.batch),
    is_final: isNews ? Number(final) : row.is_final,
    highest_seq: Math.max(row.highest_seq, report.lastSeq),
    seen_ms: receivedAtMs,
    service: service ?? row.service,
    report: isNews ? JSON.stringify(report) : row.report,
    received: JSON.stringify(firstSeq === undefined ? ranges : withRange(ranges, firstSeq, report.lastSeq)),
  };
}

/** Of equal numbers the later report counts, but a final one is followed by none of its number. */
function isNewer({ report, final }: ReceivedReport, row: ProducerRow): boolean {
  return row.is_final === 1 && !final ? report.batch > row.batch : report.batch >= row.batch;
}

/** What all collectors know together. */
export interface KnownProducer extends StoredProducer {
  readonly state: ProducerState;
  readonly news: number;
  readonly seenMs: number;
  readonly report: ProducerReport;
}

/** @param rows of one producer, at least one with a report */
export function joinRows(rows: readonly ProducerRow[]): KnownProducer | undefined {
  const told = rows
    .filter((row) => row.told_state !== "")
    .sort((a, b) => b.told_at - a.told_at || byCollector(a, b))[0];
  const reported = rows.filter((row) => row.report !== "").sort(newestFirst);
  const [newest] = reported;
  if (newest === undefined) return undefined;
  const sum = (read: (row: ProducerRow) => number) => rows.reduce((total, row) => total + read(row), 0);
  const news = sum((row) => row.news);
  const own = newest.is_final === 1 ? "ended" : "running";
  const state = told !== undefined && told.told_news >= news ? (told.told_state as ProducerState) : own;
  const report = JSON.parse(newest.report) as ProducerReport;
  const seenMs = Math.max(...reported.map((row) => row.seen_ms));
  const highestSeq = Math.max(...reported.map((row) => row.highest_seq));
  const producer: ProducerSummary = {
    id: newest.producer_id,
    state,
    service: reported.find((row) => row.service !== null)?.service ?? null,
    host: report.host ?? null,
    pid: report.pid ?? null,
    startedAt: report.startedAt ?? null,
    lastSeen: formatTimestamp(seenMs * 1000),
    heartbeatMs: report.heartbeatMs ?? null,
    openSpans: report.openSpans ?? 0,
    ledger: report.ledger ?? null,
    missingRecords: missingUpTo(joinRanges(reported), highestSeq),
  };
  return { producer, reports: sum((row) => row.reports), state, news, seenMs, report };
}

/** A whole order: what two collectors heard in the same millisecond must not depend on whose row is read first. */
function newestFirst(a: ProducerRow, b: ProducerRow): number {
  return (
    b.batch - a.batch ||
    b.is_final - a.is_final ||
    b.seen_ms - a.seen_ms ||
    b.highest_seq - a.highest_seq ||
    byCollector(a, b)
  );
}

function byCollector(a: ProducerRow, b: ProducerRow): number {
  return a.collector < b.collector ? -1 : Number(a.collector > b.collector);
}

function joinRanges(rows: readonly ProducerRow[]): SeqRanges {
  let joined = NO_RANGES;
  for (const row of rows) {
    const { ranges, forgotten } = JSON.parse(row.received) as SeqRanges;
    joined = { ranges: joined.ranges, forgotten: joined.forgotten + forgotten };
    for (const [first, last] of ranges) joined = withRange(joined, first, last);
  }
  return joined;
}

/** Since when a producer must have been heard to be known: not silent for too long, and among those heard last. */
export const HORIZON_SQL = `SELECT greatest(max(seen) - ${PRODUCER_LIFE_MS},
  if(count() > ${MAX_PRODUCERS}, arrayReverseSort(groupArray(seen))[${MAX_PRODUCERS}], 0)) AS horizon
  FROM (SELECT max(seen_ms) AS seen FROM producers WHERE project = {project:String} GROUP BY producer_id)`;

export function droppedIn({ ledger }: ProducerReport): number {
  const counts = Object.values(ledger?.dropped ?? {}).filter((count) => Number.isSafeInteger(count) && count > 0);
  return Math.min(
    Number.MAX_SAFE_INTEGER,
    counts.reduce((sum, count) => sum + count, 0),
  );
}
