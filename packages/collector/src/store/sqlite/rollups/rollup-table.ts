/**
 * Spans counted by hour, service, model, type and name (of a tool's call: the tool's), in the transaction that writes them:
 * what a dashboard asks for reads no spans. A span that is replaced is taken out with the figures that it was counted with.
 *
 * Durations are counted in buckets that grow by a fifth, so a percentile is at most a tenth off.
 */
import { type AggregatesResponse, formatTimestamp } from "@everspan/protocol";
import type { AggregatesQuery } from "../../store-queries.ts";
import { cut, kindOf, type SpanFacts } from "../../trace-tally.ts";
import { labelText } from "../schema/sql-text.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { Steps } from "../writing/steps.ts";
import { bounded, bucketOf, HOUR_US, ROLLUP_FIGURES, type RollupRow, RollupSum } from "./rollup-figures.ts";
import { fieldNumber, GROUP_COLUMNS, type RollupSums, type Segment } from "./rollup-sums.ts";

const DAY_HOURS = 24;
/** Rows in one answer. */
const MAX_ROWS = 10_000;

interface Change {
  readonly key: readonly (string | number)[];
  spans: number;
  failed: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  readonly durations: Map<number, number>;
}

interface GroupedRow extends RollupRow {
  /** The hour at which what was counted begins. */
  readonly start: number;
  /** Null: all together. */
  readonly grouped: string | null;
}

export class RollupTable {
  readonly #database: Database;
  readonly #sums: RollupSums;
  readonly #select: Statement;
  readonly #save: Statement;
  readonly #remove: Statement;
  readonly #changes = new Map<string, Change>();

  constructor(database: Database, sums: RollupSums) {
    const key = "project = ? AND hour = ? AND service = ? AND model = ? AND type = ? AND name = ?";
    this.#database = database;
    this.#sums = sums;
    this.#select = database.prepare(`SELECT * FROM rollups WHERE ${key}`);
    this.#remove = database.prepare(`DELETE FROM rollups WHERE ${key}`);
    this.#save = database.prepare("INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  }

  count(project: number, span: SpanFacts, sign: 1 | -1): void {
    const hour = Math.floor(span.startMicros / HOUR_US);
    const { service, model, type } = span;
    const name = nameOf(span);
    // By what the span says: two that say different things may be of one row, which is then changed twice.
    const id = `${project}\0${hour}\0${service ?? ""}\0${model ?? ""}\0${type}\0${name}`;
    let change = this.#changes.get(id);
    if (change === undefined) {
      const key = [project, hour, ...[cut(service ?? ""), cut(model ?? ""), type, cut(name, 64)].map(labelText)];
      change = { key, spans: 0, failed: 0, inputTokens: 0, outputTokens: 0, costUsd: 0, durations: new Map() };
      this.#changes.set(id, change);
    }
    change.spans += sign;
    if (span.status === "ERROR") change.failed += sign;
    change.inputTokens += sign * span.inputTokens;
    change.outputTokens += sign * span.outputTokens;
    change.costUsd += sign * (span.costUsd ?? 0);
    if (span.endMicros === null) return;
    const bucket = bucketOf(Math.max(0, span.endMicros - span.startMicros));
    change.durations.set(bucket, (change.durations.get(bucket) ?? 0) + sign);
  }

  *save(): Steps<void> {
    let hourBefore = "";
    for (const [id, change] of this.#changes) {
      yield;
      const [project, hour] = change.key as [number, number, ...string[]];
      if (!id.startsWith(hourBefore) || hourBefore === "") {
        this.#sums.noteChange(project, hour);
        hourBefore = `${project}\0${hour}\0`;
      }
      const row = this.#select.get(...change.key) as unknown as RollupRow | undefined;
      // A name that no span has is forgotten: what a person deleted must not remain as a word.
      if ((row?.spans ?? 0) + change.spans <= 0) {
        this.#remove.run(...change.key);
        continue;
      }
      const durations = row === undefined ? {} : (JSON.parse(row.durations) as Record<string, number>);
      for (const [bucket, count] of change.durations) {
        durations[bucket] = (durations[bucket] ?? 0) + count;
        if (durations[bucket] <= 0) delete durations[bucket];
      }
      this.#save.get(
        ...change.key,
        (row?.spans ?? 0) + change.spans,
        (row?.failed ?? 0) + change.failed,
        bounded((row?.input_tokens ?? 0) + change.inputTokens),
        bounded((row?.output_tokens ?? 0) + change.outputTokens),
        bounded((row?.cost_usd ?? 0) + change.costUsd),
        JSON.stringify(durations),
      );
    }
    this.#changes.clear();
  }

  forget(): void {
    this.#changes.clear();
    this.#sums.forget();
  }

  read(project: number, { fromMicros, toMicros, bucket, by }: AggregatesQuery): AggregatesResponse {
    const hours = bucket === "day" ? DAY_HOURS : 1;
    const [from, to] = [Math.floor(fromMicros / HOUR_US), Math.ceil(toMicros / HOUR_US)];
    const sums = new Map<string, { start: number; group: string | null; sum: RollupSum }>();
    for (const segment of this.#sums.segments(project, hours, from, to)) {
      for (const row of this.#rows(project, segment, by)) {
        const start = Math.floor(row.start / hours) * hours;
        const group = row.grouped === "" ? null : row.grouped;
        const key = `${start}\0${group ?? ""}`;
        let known = sums.get(key);
        if (known === undefined) {
          if (sums.size >= MAX_ROWS) return answerOf(hours, sums.values());
          known = { start, group, sum: new RollupSum() };
          sums.set(key, known);
        }
        known.sum.add(row);
      }
    }
    return answerOf(hours, sums.values());
  }

  /** In the order of time. */
  #rows(project: number, { width, from, to }: Segment, by: AggregatesQuery["by"]): Iterable<GroupedRow> {
    const figures = ROLLUP_FIGURES.join(", ");
    const rows =
      width === undefined
        ? this.#database
            .prepare(`SELECT ${figures}, hour AS start, ${by === undefined ? "NULL" : GROUP_COLUMNS[by]} AS grouped
              FROM rollups WHERE project = ? AND hour >= ? AND hour < ? ORDER BY hour`)
            .iterate(project, from, to)
        : this.#database
            .prepare(`SELECT ${figures}, start, value AS grouped FROM rollup_sums
              WHERE project = ? AND hours = ? AND field = ? AND start >= ? AND start < ? ORDER BY start`)
            .iterate(project, width, fieldNumber(by), from, to);
    return rows as Iterable<unknown> as Iterable<GroupedRow>;
  }
}

function answerOf(
  hours: number,
  sums: Iterable<{ readonly start: number; readonly group: string | null; readonly sum: RollupSum }>,
): AggregatesResponse {
  let [time, timeOf] = ["", Number.NaN];
  const rows = Array.from(sums, ({ start, group, sum }) => {
    // Rows of one time follow one another.
    if (start !== timeOf) [time, timeOf] = [formatTimestamp(start * HOUR_US), start];
    return sum.row(time, group);
  });
  return { bucketMs: (hours * HOUR_US) / 1000, rows };
}

/** A tool's calls count as one, whatever the framework calls the spans: `execute_tool search`, `ai.toolCall`. */
function nameOf(span: SpanFacts): string {
  return kindOf(span) === "tool" ? (span.reading.tool ?? span.name) : span.name;
}
