/**
 * Sums up traces. A write only says which traces it touched, after their spans are there; here each touched trace is read
 * and its summary written, the seal. Any collector may do it, also two of them the same: the seal made of what was read
 * last stands. It happens behind the writes, and before a question that summaries answer.
 *
 * A seal may have been made of a replica that lacked a row which was acknowledged elsewhere. So a trace is summed up once
 * more when nothing came for it for a while.
 */
import type { ProducerState } from "@everspan/protocol";
import { foldText } from "../text/fold-text.ts";
import { marksOf } from "../trace-marks.ts";
import { addSpan, emptyTally, isRunning, type SpanFacts, summaryOf, type TraceTally } from "../trace-tally.ts";
import { treeFacts } from "../tree-facts.ts";
import { treeSpanOf } from "../tree-span.ts";
import type { BlockQueue } from "./block-queue.ts";
import { type ClickHouseClient, listOf } from "./client.ts";
import { groupBy } from "./group-by.ts";
import { type Mutex, SharedRun } from "./mutex.ts";
import { openMark, type ProducerBook } from "./producer-book.ts";
import { FACTS_COLUMNS, type FactsRow, factsOf, wellFormed } from "./span-rows.ts";

/** After so long without a touch a trace is summed up for the last time. */
const QUIET_US = 60_000_000;
/** Touches become visible a little out of their order. */
const MARGIN_US = 10_000_000;
/** Traces that are read in one request. */
const TRACES_AT_ONCE = 100;
/** Traces that one run sums up; the next goes on. */
const MAX_TRACES = 2000;

export interface SealerParts {
  readonly client: ClickHouseClient;
  readonly queue: BlockQueue;
  readonly book: ProducerBook;
  readonly mutex: Mutex;
  /** Wall clock, for tombstones. */
  readonly nowMs: () => number;
}

interface TouchedRow {
  readonly project: string;
  readonly trace_id: string;
  readonly last_noted: number;
  readonly now: number;
}

export class TraceSealer {
  readonly #parts: SealerParts;
  readonly #run: SharedRun;
  /** Everything that was noted before is summed up, but for what waits to be quiet. */
  #settledUpTo = 0;

  constructor(parts: SealerParts) {
    this.#parts = parts;
    this.#run = new SharedRun(parts.mutex, () => this.#sealTouched());
  }

  /** Resolves when what was written before is summed up; a large backlog is, in part. */
  settle(): Promise<void> {
    return this.#run.run();
  }

  async #sealTouched(): Promise<void> {
    const since = this.#settledUpTo - MARGIN_US - QUIET_US;
    const touched = await this.#parts.client.query<TouchedRow>(
      `WITH toUnixTimestamp64Micro(now64(6)) AS now_us
       SELECT project, trace_id, max(touches.noted) AS last_noted, any(now_us) AS now FROM touches
       LEFT JOIN (SELECT project, trace_id, argMax(seals.noted, seals.sealed) AS of_noted, max(seals.sealed) AS of_sealed
         FROM seals WHERE (project, trace_id) IN (SELECT project, trace_id FROM touches WHERE noted > {since:Int64})
         GROUP BY project, trace_id) AS known USING (project, trace_id)
       WHERE touches.noted > {since:Int64} GROUP BY project, trace_id
       HAVING last_noted > max(of_noted) OR (last_noted < now - ${QUIET_US} AND max(of_sealed) < last_noted + ${QUIET_US})
       ORDER BY last_noted DESC LIMIT ${MAX_TRACES}`,
      { since },
    );
    for (const [project, rows] of groupBy(touched, (row) => row.project)) {
      for (let at = 0; at < rows.length; at += TRACES_AT_ONCE) {
        await this.#seal(project, rows.slice(at, at + TRACES_AT_ONCE));
      }
    }
    const now = touched[0]?.now;
    // A backlog is gone through from its newest end: its oldest would be passed over otherwise.
    if (now !== undefined && touched.length < MAX_TRACES) this.#settledUpTo = Math.max(this.#settledUpTo, now);
  }

  async #seal(project: string, touched: readonly TouchedRow[]): Promise<void> {
    const { client, queue, book } = this.#parts;
    const parameters = { project, ids: JSON.stringify(touched.map((row) => row.trace_id)) };
    const gone = await this.#tombstoned(parameters);
    const rows = await client.query<FactsRow>(
      `SELECT ${FACTS_COLUMNS} FROM spans WHERE project = {project:String} AND trace_id IN ${listOf("ids")}
       ORDER BY version DESC LIMIT 1 BY trace_id, span_id`,
      parameters,
    );
    const notes = await this.#notes(parameters);
    const open = new Set(rows.filter((row) => row.end_us === null && row.producer !== "").map((row) => row.producer));
    const known = await book.known(project, open);
    const stateOf = (id: string): ProducerState => known.get(id)?.state ?? "lost";
    const seals: string[] = [];
    const byTrace = groupBy(rows, (row) => row.trace_id);
    for (const { trace_id: traceId, last_noted: noted, now } of touched) {
      const spans = byTrace.get(traceId);
      if (spans === undefined || gone.has(traceId)) continue;
      const facts = spans.map((row) => factsOf(row, row.producer === "" ? null : stateOf(row.producer)));
      const tally = tallyOf(facts);
      const { dropped = 0, pinned = 0, pin_at: pinAt = 0 } = notes.get(traceId) ?? {};
      tally.droppedRecords = dropped;
      const revision = Math.max(pinAt, ...spans.map((row) => row.arrived));
      const openMarks = spans
        .filter((row) => row.end_us === null && row.producer !== "")
        .map((row) => openMark(row.producer, stateOf(row.producer)));
      const seal = { project, noted, sealed: now, openMarks: [...new Set(openMarks)], revision, pinned: pinned === 1 };
      seals.push(sealLine(traceId, tally, seal));
    }
    await queue.add({ seals });
  }

  async #tombstoned(parameters: { project: string; ids: string }): Promise<ReadonlySet<string>> {
    const rows = await this.#parts.client.query<{ trace_id: string }>(
      `SELECT trace_id FROM tombstones WHERE project = {project:String} AND trace_id IN ${listOf("ids")}
       GROUP BY trace_id HAVING max(until_ms) > {now:Int64}`,
      { ...parameters, now: Math.round(this.#parts.nowMs()) },
    );
    return new Set(rows.map((row) => row.trace_id));
  }

  /** What a summary says beside its spans. */
  async #notes(parameters: { project: string; ids: string }) {
    interface Notes {
      readonly trace_id: string;
      readonly dropped: number;
      readonly pinned: number;
      readonly pin_at: number;
    }
    const rows = await this.#parts.client.query<Notes>(
      `SELECT trace_id, sum(records) AS dropped, max(pinned) AS pinned, max(pin_at) AS pin_at FROM (
         SELECT trace_id, max(losses.records) AS records, 0 AS pinned, 0 AS pin_at FROM losses
         WHERE project = {project:String} AND trace_id IN ${listOf("ids")}
         GROUP BY trace_id, producer_id, collector, report
         UNION ALL SELECT trace_id, 0, argMax(is_pinned, at), max(at) FROM pins
         WHERE project = {project:String} AND trace_id IN ${listOf("ids")} GROUP BY trace_id
       ) GROUP BY trace_id`,
      parameters,
    );
    return new Map(rows.map((row) => [row.trace_id, row]));
  }
}

export function tallyOf(spans: readonly SpanFacts[]): TraceTally {
  const tally = emptyTally();
  for (const span of spans) addSpan(tally, span);
  if (tally.failedCount > 1 || tally.usageSpans > 1) tally.tree = treeFacts(spans.map(treeSpanOf));
  tally.changes = 0;
  return tally;
}

interface SealNotes {
  readonly project: string;
  readonly noted: number;
  readonly sealed: number;
  readonly openMarks: readonly string[];
  readonly revision: number;
  readonly pinned: boolean;
}

function sealLine(traceId: string, tally: TraceTally, notes: SealNotes): string {
  const { project, noted, sealed, openMarks, revision, pinned } = notes;
  const summary = summaryOf(traceId, tally, revision, pinned);
  const held = tally.runningCount - tally.lostCount - tally.leftOpenCount - tally.ownerlessCount > 0;
  return JSON.stringify({
    project,
    trace_id: traceId,
    sealed,
    noted,
    revision,
    start_us: tally.startMicros,
    duration_us: Math.max(0, (tally.endMicros ?? tally.startMicros) - tally.startMicros),
    span_count: summary.spanCount,
    error_count: summary.errorCount,
    tokens: Math.min(Number.MAX_SAFE_INTEGER, summary.inputTokens + summary.outputTokens),
    // Unknown is ordered as 0.
    cost_usd: summary.costUsd ?? 0,
    folded_name: wellFormed(foldText(summary.name)),
    is_running: isRunning(tally) ? 1 : 0,
    is_held: held ? 1 : 0,
    is_pinned: pinned ? 1 : 0,
    marks: Array.from(marksOf(tally, wellFormed).values(), ([field, value]) => markText(field, value)),
    open_producers: openMarks,
    summary: JSON.stringify(summary),
  });
}

export function markText(field: string, value: string): string {
  return `${field}=${value}`;
}
