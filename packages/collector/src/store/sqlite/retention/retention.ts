/**
 * Removes traces whole: its rows in every table, since nobody else refers to them. Within transactions of the caller's,
 * in slices of time. A tombstone stays for a week, so that a late retry does not bring a part of it back.
 */
import type { TraceTally } from "../../trace-tally.ts";
import { emptyTally, parseTally } from "../../trace-tally.ts";
import type { FacetTable } from "../lists/facet-table.ts";
import type { FrameTable } from "../payloads/frame-table.ts";
import { idToBytes } from "../schema/id-bytes.ts";
import { pragmaNumber } from "../schema/schema.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import { DOCS_OF_TRACE } from "../search/search-table.ts";
import type { SpanWriter } from "../writing/span-writer.ts";
import type { Steps } from "../writing/steps.ts";
import type { TraceTable } from "../writing/trace-table.ts";

export const TOMBSTONE_LIFE_MS = 7 * 86_400_000;
/**
 * Beyond the newest arrival the clock is not believed: one that jumped must not retire what was stored yesterday, nor
 * forget what was deleted yesterday. Only arrivals are evidence: a removal happens at whatever time the clock says.
 */
const MAX_CLOCK_LEAD_MS = 86_400_000;

const VACUUMED_PAGES = 512;

/** Rows that are removed before somebody else may have a turn: each touches its indexes too. */
const ROWS_IN_ONE_STEP = 100;

export interface TraceToRemove {
  readonly trace: number;
  readonly project: number;
  readonly trace_id: Uint8Array;
  readonly span_count: number;
}

export interface RetentionTables {
  readonly traces: TraceTable;
  readonly facets: FacetTable;
  readonly frames: FrameTable;
  readonly writer: SpanWriter;
}

export class Retention {
  readonly #database: Database;
  readonly #traces: TraceTable;
  readonly #facets: FacetTable;
  readonly #frames: FrameTable;
  readonly #writer: SpanWriter;
  readonly #due: Statement;
  readonly #newestArrival: Statement;
  readonly #byId: Statement;
  readonly #byFacet: Statement;
  readonly #tally: Statement;
  readonly #tombstone: Statement;
  readonly #forgetTombstones: Statement;
  /** Removes a few rows of what a trace may have many of. */
  readonly #many: readonly Statement[];
  readonly #ofTrace: readonly Statement[];
  readonly #docs: readonly Statement[];

  constructor(database: Database, { traces, facets, frames, writer }: RetentionTables) {
    const columns = "traces.trace, project, trace_id, span_count";
    this.#database = database;
    this.#traces = traces;
    this.#facets = facets;
    this.#frames = frames;
    this.#writer = writer;
    // Project by project: that is the order of the index.
    this.#due = database.prepare(
      `SELECT ${columns} FROM projects JOIN traces ON trace = (SELECT trace FROM traces
         WHERE traces.project = projects.project AND arrived_ms < ? AND pinned = 0 AND held = 0
         ORDER BY arrived_ms LIMIT 1)
       ORDER BY arrived_ms LIMIT 1`.replace("project,", "traces.project,"),
    );
    this.#newestArrival = database.prepare(
      `SELECT max((SELECT max(arrived_ms) FROM traces WHERE traces.project = projects.project)) AS newest FROM projects`,
    );
    this.#byId = database.prepare(`SELECT ${columns} FROM traces WHERE project = ? AND trace_id = ?`);
    this.#byFacet = database.prepare(`SELECT ${columns} FROM marks JOIN traces USING (trace) WHERE value = ? LIMIT 1`);
    this.#tally = database.prepare("SELECT tally FROM tallies WHERE trace = ?");
    this.#tombstone = database.prepare(
      "INSERT OR REPLACE INTO tombstones (project, trace_id, until_ms) VALUES (?, ?, ?)",
    );
    this.#forgetTombstones = database.prepare("DELETE FROM tombstones WHERE until_ms < ?");
    const docs = `(SELECT doc FROM docs WHERE doc BETWEEN ? AND ? ORDER BY doc LIMIT ${ROWS_IN_ONE_STEP})`;
    this.#docs = [
      database.prepare(`DELETE FROM texts WHERE rowid IN ${docs}`),
      database.prepare(`DELETE FROM docs WHERE doc IN ${docs}`),
    ];
    this.#many = [
      `DELETE FROM spans WHERE trace = ?1 AND (start_us, span) IN
         (SELECT start_us, span FROM spans WHERE trace = ?1 LIMIT ${ROWS_IN_ONE_STEP})`,
      `DELETE FROM frames WHERE frame IN (SELECT frame FROM frames WHERE trace = ?1 LIMIT ${ROWS_IN_ONE_STEP})`,
    ].map((sql) => database.prepare(sql));
    this.#ofTrace = [
      "DELETE FROM unindexed WHERE trace = ?",
      "DELETE FROM trace_names WHERE rowid = ?",
      "DELETE FROM tallies WHERE trace = ?",
      "DELETE FROM traces WHERE trace = ?",
    ].map((sql) => database.prepare(sql));
  }

  /** The trace that is due first; undefined when none is. */
  nextDue(nowMs: number, maxAgeMs: number | undefined, maxBytes: number | undefined): TraceToRemove | undefined {
    if (maxAgeMs !== undefined) {
      const due = this.#due.get(this.#believedMs(nowMs) - maxAgeMs) as unknown as TraceToRemove | undefined;
      if (due !== undefined) return due;
    }
    if (maxBytes === undefined || this.usedBytes() <= maxBytes) return undefined;
    return this.#due.get(Number.MAX_SAFE_INTEGER) as unknown as TraceToRemove | undefined;
  }

  find(project: number, traceId: string): TraceToRemove | undefined {
    return this.#byId.get(project, idToBytes(traceId)) as unknown as TraceToRemove | undefined;
  }

  /** A trace that has this value. */
  findByFacet(project: number, field: "session" | "user", text: string): TraceToRemove | undefined {
    const mark = this.#facets.find(project, field, text);
    return mark === undefined ? undefined : (this.#byFacet.get(mark.value) as unknown as TraceToRemove | undefined);
  }

  /** Within a transaction: either all of a trace is gone, or nothing. */
  *remove({ trace, project, trace_id }: TraceToRemove, nowMs: number): Steps<void> {
    const tally = this.#tallyOf(trace);
    this.#facets.save(project, trace, tally, null);
    yield* this.#facets.flush();
    yield* this.#writer.takeOutOfAggregates(project, trace);
    this.#traces.uncount(project, tally);
    yield* this.#removeDocs(trace);
    for (const statement of this.#many) while (Number(statement.run(trace).changes) > 0) yield;
    for (const statement of this.#ofTrace) statement.run(trace);
    this.#frames.forgetTrace(trace);
    this.#tombstone.run(project, trace_id, nowMs + TOMBSTONE_LIFE_MS);
  }

  *#removeDocs(trace: number): Steps<void> {
    const from = trace * DOCS_OF_TRACE;
    const [texts, docs] = this.#docs;
    const range = [from, from + DOCS_OF_TRACE - 1] as const;
    do {
      texts!.run(...range);
      yield;
    } while (Number(docs!.run(...range).changes) > 0);
  }

  /** Gives room back to the disk, a little each time. Within a transaction. @returns whether there is more */
  vacuumSome(nowMs: number): boolean {
    this.#forgetTombstones.run(this.#believedMs(nowMs));
    this.#database.exec(`PRAGMA incremental_vacuum(${VACUUMED_PAGES})`);
    return this.freePages() > 0;
  }

  /** Without any arrival there is nothing that could be removed, and nothing is forgotten. */
  #believedMs(nowMs: number): number {
    const { newest } = this.#newestArrival.get() as { newest: number | null };
    return newest === null ? 0 : Math.min(nowMs, newest + MAX_CLOCK_LEAD_MS);
  }

  freePages(): number {
    return pragmaNumber(this.#database, "freelist_count");
  }

  usedBytes(): number {
    return this.usedPages() * pragmaNumber(this.#database, "page_size");
  }

  usedPages(): number {
    return pragmaNumber(this.#database, "page_count") - this.freePages();
  }

  #tallyOf(trace: number): TraceTally {
    const row = this.#tally.get(trace) as { tally: string } | undefined;
    return row === undefined ? emptyTally() : parseTally(row.tally);
  }
}
