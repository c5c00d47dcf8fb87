/** The table of traces: tallies loaded once in a write, changed in memory, saved at its end. */

import { emptyTally, parseTally, summaryOf, type TraceTally } from "../trace-tally.ts";
import type { Database, Statement } from "./sqlite.ts";

const COLUMNS = [
  "project",
  "trace_id",
  "name",
  "service",
  "status",
  "running",
  "start_us",
  "end_us",
  "duration_us",
  "span_count",
  "error_count",
  "cost_usd",
  "types",
  "tally",
];

const UPSERT = `
  INSERT INTO traces (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map((column) => `:${column}`).join(", ")})
  ON CONFLICT (project, trace_id) DO UPDATE SET
  ${COLUMNS.slice(2)
    .map((column) => `${column} = excluded.${column}`)
    .join(", ")}`;

export class TallyTable {
  readonly #select: Statement;
  readonly #upsert: Statement;
  readonly #loaded = new Map<string, TraceTally>();

  constructor(database: Database) {
    this.#select = database.prepare("SELECT tally FROM traces WHERE project = ? AND trace_id = ?");
    this.#upsert = database.prepare(UPSERT);
  }

  load(project: string, traceId: string): TraceTally {
    let tally = this.#loaded.get(traceId);
    if (tally === undefined) {
      const row = this.#select.get(project, traceId) as { tally: string } | undefined;
      tally = row === undefined ? emptyTally() : parseTally(row.tally);
      this.#loaded.set(traceId, tally);
    }
    return tally;
  }

  replace(traceId: string, tally: TraceTally): void {
    this.#loaded.set(traceId, tally);
  }

  save(project: string): void {
    for (const [traceId, tally] of this.#loaded) this.#upsert.run(rowOf(project, traceId, tally));
    this.#loaded.clear();
  }

  forget(): void {
    this.#loaded.clear();
  }
}

function rowOf(project: string, traceId: string, tally: TraceTally): Record<string, string | number | null> {
  const summary = summaryOf(traceId, tally);
  return {
    project,
    trace_id: traceId,
    name: summary.name,
    service: summary.service,
    status: summary.status,
    running: summary.running ? 1 : 0,
    start_us: tally.startMicros,
    end_us: tally.endMicros,
    duration_us: Math.max(0, (tally.endMicros ?? tally.startMicros) - tally.startMicros),
    span_count: summary.spanCount,
    error_count: summary.errorCount,
    cost_usd: summary.costUsd,
    types: ` ${tally.types.join(" ")} `,
    tally: JSON.stringify(tally),
  };
}
