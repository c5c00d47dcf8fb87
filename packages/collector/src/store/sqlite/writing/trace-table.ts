/**
 * The tables of traces: tallies loaded once in a write, changed in memory, and saved at its end together with what is
 * derived from them (the list's row, facets, counters). Within a transaction of the caller's.
 */
import { foldText } from "../../text/fold-text.ts";
import {
  emptyTally,
  isRunning,
  isStale,
  parseTally,
  summaryOf,
  type TraceTally,
  tallyText,
} from "../../trace-tally.ts";
import type { FacetTable } from "../lists/facet-table.ts";
import type { FrameTable, TraceBlobs } from "../payloads/frame-table.ts";
import { idToBytes } from "../schema/id-bytes.ts";
import { labelText } from "../schema/sql-text.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import { FreshDocument } from "../search/fresh-document.ts";
import type { Steps } from "./steps.ts";

/** A trace while it is written. */
export interface OpenTrace {
  readonly trace: number;
  readonly project: number;
  readonly traceId: string;
  tally: TraceTally;
  /** What was stored of it before this write; null for a new trace. */
  readonly before: TraceTally | null;
  /** The revision that this write gives it. */
  readonly revision: number;
  readonly pinned: boolean;
  readonly blobs: TraceBlobs;
  /** Something was added: it counts as an arrival. */
  hasArrived: boolean;
  /** When that was, of a trace that is moved over; null: now. */
  arrivedMs: number | null;
  /** Ids of the spans of a new trace, whose row is written when its write ends; null for a trace that was stored before. */
  readonly ids: Set<string> | null;
  /** What the spans of a new trace say; null for a trace that was stored before. */
  readonly fresh: FreshDocument | null;
  /** From when to when the spans start that were written, and the numbers that its blobs and bodies begin with. */
  written: { fromMicros: number; toMicros: number; readonly firstBlob: number } | null;
}

interface TraceRow {
  readonly trace: number;
  readonly revision: number;
  readonly pinned: number;
  readonly arrived_ms: number;
  readonly tally: string;
}

const COLUMNS = [
  "revision",
  "arrived_ms",
  "stale",
  "held",
  "start_us",
  "end_us",
  "duration_us",
  "span_count",
  "error_count",
  "tokens",
  "cost_usd",
  "name",
  "running",
  "summary",
];

export class TraceTable {
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #saveTally: Statement;
  readonly #addName: Statement;
  readonly #replaceName: Statement;
  readonly #count: Statement;
  readonly #facets: FacetTable;
  readonly #frames: FrameTable;
  readonly #lastNumber: Statement;
  readonly #open = new Map<string, OpenTrace>();
  /** The open one that was asked for last. */
  #last: OpenTrace | undefined;
  /** Of the trace that was made last; unknown at first and after a rollback. */
  #number: number | undefined;
  readonly #arrivals = new Map<number, number>();
  /** What this write adds to the counters of each project: traces, spans and running traces. */
  readonly #added = new Map<number, [number, number, number]>();

  constructor(database: Database, facets: FacetTable, frames: FrameTable) {
    this.#facets = facets;
    this.#frames = frames;
    this.#find = database.prepare(
      `SELECT traces.trace, revision, pinned, arrived_ms, tally FROM traces JOIN tallies USING (trace)
       WHERE project = ? AND trace_id = ?`,
    );
    this.#insert = database.prepare(
      `INSERT INTO traces (${COLUMNS.join(", ")}, trace, project, trace_id) VALUES (${"?, ".repeat(COLUMNS.length)}?, ?, ?)`,
    );
    this.#update = database.prepare(
      `UPDATE traces SET ${COLUMNS.map((column) => `${column} = ?`).join(", ")} WHERE trace = ?`,
    );
    this.#saveTally = database.prepare("INSERT OR REPLACE INTO tallies (trace, tally) VALUES (?, ?)");
    this.#addName = database.prepare("INSERT INTO trace_names (rowid, name) VALUES (?, ?)");
    this.#replaceName = database.prepare("INSERT OR REPLACE INTO trace_names (rowid, name) VALUES (?, ?)");
    this.#lastNumber = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'traces'");
    this.#count = database.prepare(
      `INSERT INTO counters (project, traces, spans, running) VALUES (?, ?, ?, ?)
       ON CONFLICT (project) DO UPDATE SET traces = traces + excluded.traces, spans = spans + excluded.spans,
       running = running + excluded.running`,
    );
  }

  /** Undefined for a trace that is not stored. */
  find(project: number, traceId: string): OpenTrace | undefined {
    // Spans of one trace mostly follow one another.
    if (this.#last?.traceId === traceId && this.#last.project === project) return this.#last;
    const key = `${project}\0${traceId}`;
    const open = this.#open.get(key);
    if (open !== undefined) {
      this.#last = open;
      return open;
    }
    const row = this.#find.get(project, idToBytes(traceId)) as unknown as TraceRow | undefined;
    if (row === undefined) return undefined;
    this.#arrivals.set(row.trace, row.arrived_ms);
    return this.#remember(key, {
      trace: row.trace,
      project,
      traceId,
      tally: parseTally(row.tally),
      before: parseTally(row.tally),
      revision: row.revision + 1,
      pinned: row.pinned === 1,
      blobs: this.#frames.blobsOf(row.trace),
      hasArrived: false,
      arrivedMs: null,
      ids: null,
      fresh: null,
      written: null,
    });
  }

  /** A trace that `find` does not know. */
  create(project: number, traceId: string): OpenTrace {
    this.#number ??= (this.#lastNumber.get() as { seq: number } | undefined)?.seq ?? 0;
    const trace = ++this.#number;
    return this.#remember(`${project}\0${traceId}`, {
      trace,
      project,
      traceId,
      tally: emptyTally(),
      before: null,
      revision: 1,
      pinned: false,
      blobs: this.#frames.blobsOfNew(trace),
      hasArrived: false,
      arrivedMs: null,
      ids: new Set(),
      fresh: new FreshDocument(),
      written: null,
    });
  }

  /** Writes the fresh blobs of a trace before its write has ended, so that they can be read. */
  saveBlobs(open: OpenTrace): void {
    this.#frames.save(open.trace, open.blobs);
  }

  /** The traces that this write has touched. */
  get touched(): Iterable<OpenTrace> {
    return this.#open.values();
  }

  /** @param nowMs wall clock, for traces to which something was added */
  *save(nowMs: number): Steps<void> {
    for (const open of this.#open.values()) {
      this.#save(open, nowMs);
      yield;
    }
    yield* this.#facets.flush();
    for (const [project, added] of this.#added) this.#count.get(project, ...added);
    this.#added.clear();
    this.#last = undefined;
    this.#open.clear();
    this.#arrivals.clear();
  }

  forget(): void {
    this.#number = undefined;
    this.#last = undefined;
    this.#open.clear();
    this.#arrivals.clear();
    this.#added.clear();
  }

  /** After a trace was removed. */
  uncount(project: number, tally: TraceTally): void {
    this.#count.run(project, -1, -tally.spanCount, isRunning(tally) ? -1 : 0);
  }

  #remember(key: string, open: OpenTrace): OpenTrace {
    this.#open.set(key, open);
    this.#last = open;
    return open;
  }

  #save(open: OpenTrace, nowMs: number): void {
    const { trace, project, traceId, tally, before, revision, pinned } = open;
    if (before !== null && !open.hasArrived && tallyText(before) === tallyText(tally)) return;
    const summary = summaryOf(traceId, tally, revision, pinned);
    const { traceId: _id, revision: _revision, pinned: _pinned, startTime, endTime, durationMs, ...stored } = summary;
    const addedMs = open.arrivedMs ?? nowMs;
    const arrivedMs = open.hasArrived || before === null ? addedMs : (this.#arrivals.get(trace) ?? addedMs);
    const values = [
      revision,
      arrivedMs,
      isStale(tally) ? 1 : 0,
      tally.runningCount - tally.lostCount - tally.leftOpenCount - tally.ownerlessCount > 0 ? 1 : 0,
      tally.startMicros,
      tally.endMicros,
      Math.max(0, (tally.endMicros ?? tally.startMicros) - tally.startMicros),
      summary.spanCount,
      summary.errorCount,
      Math.min(Number.MAX_SAFE_INTEGER, summary.inputTokens + summary.outputTokens),
      // Unknown is ordered as 0.
      summary.costUsd ?? 0,
      summary.name,
      summary.running ? 1 : 0,
      compact(stored),
      trace,
    ];
    if (before === null) this.#insert.get(...values, project, idToBytes(traceId));
    else this.#update.get(...values);
    this.#saveTally.get(trace, tallyText(tally));
    if (before?.head?.name !== summary.name) {
      const saveName = before === null ? this.#addName : this.#replaceName;
      saveName.get(trace, labelText(foldText(summary.name)));
    }
    const added = this.#added.get(project) ?? [0, 0, 0];
    this.#added.set(project, added);
    added[0] += before === null ? 1 : 0;
    added[1] += tally.spanCount - (before?.spanCount ?? 0);
    added[2] += Number(summary.running) - Number(before !== null && isRunning(before));
    this.#facets.save(project, trace, before, tally);
    this.#frames.save(trace, open.blobs);
  }
}

/** A summary's JSON without what is usual; `summaryOfRow` puts it back. */
function compact(stored: object): string {
  const told: Record<string, unknown> = {};
  for (const field in stored) {
    const value: unknown = stored[field as keyof typeof stored];
    if (!isUsual(field, value)) told[field] = value;
  }
  return JSON.stringify(told);
}

function isUsual(field: string, value: unknown): boolean {
  // A cost of 0 is known; what is usual is that it is not.
  if (value === 0) return field !== "costUsd";
  if (value === null || value === false) return true;
  return value === "OK" ? field === "status" : Array.isArray(value) && value.length === 0;
}
