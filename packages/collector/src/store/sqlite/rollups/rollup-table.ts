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
import {
  bounded,
  bucketOf,
  HOUR_US,
  ROLLUP_FIGURES,
  type RollupFigures,
  type RollupRow,
  RollupSum,
} from "./rollup-figures.ts";
import { fieldNumber, GROUP_COLUMNS, type RollupSums, type Segment } from "./rollup-sums.ts";

const DAY_HOURS = 24;
/** Rows in one answer. */
const MAX_ROWS = 10_000;
/** Spans that follow one another are of a few rows. */
const RECENT_CHANGES = 8;

interface Change {
  /** What the spans say of which it is. */
  readonly of: readonly [project: number, hour: number, service: string, model: string, type: string, name: string];
  readonly key: readonly (string | number)[];
  spans: number;
  failed: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  readonly durations: Map<number, number>;
}

/** The hour at which what was counted begins, its group (null: all together), and its figures in the order of `ROLLUP_FIGURES`. */
type GroupedRow = readonly [start: number, grouped: string | null, ...figures: RollupFigures];

interface GroupSum {
  readonly start: number;
  readonly group: string | null;
  readonly sum: RollupSum;
}

export class RollupTable {
  readonly #database: Database;
  readonly #sums: RollupSums;
  readonly #select: Statement;
  readonly #save: Statement;
  readonly #remove: Statement;
  readonly #changes = new Map<string, Change>();
  /** Those that were counted last, the newest first: found without a text put together for each span. */
  #recent: Change[] = [];

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
    const change = this.#changeOf(project, hour, span.service ?? "", span.model ?? "", span.type, nameOf(span));
    change.spans += sign;
    if (span.status === "ERROR") change.failed += sign;
    change.inputTokens += sign * span.inputTokens;
    change.outputTokens += sign * span.outputTokens;
    change.costUsd += sign * (span.costUsd ?? 0);
    if (span.endMicros === null) return;
    const bucket = bucketOf(Math.max(0, span.endMicros - span.startMicros));
    change.durations.set(bucket, (change.durations.get(bucket) ?? 0) + sign);
  }

  /** By what the span says: two that say different things may be of one row, which is then changed twice. */
  #changeOf(...of: Change["of"]): Change {
    const recent = this.#recent.find((change) => isSame(change.of, of));
    if (recent !== undefined) return recent;
    const id = of.join("\0");
    const change = this.#changes.get(id) ?? newChange(of);
    this.#changes.set(id, change);
    this.#recent = [change, ...this.#recent.slice(0, RECENT_CHANGES - 1)];
    return change;
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
    this.#clear();
  }

  #clear(): void {
    this.#changes.clear();
    this.#recent = [];
  }

  forget(): void {
    this.#clear();
    this.#sums.forget();
  }

  read(project: number, { fromMicros, toMicros, bucket, by }: AggregatesQuery): AggregatesResponse {
    const hours = bucket === "day" ? DAY_HOURS : 1;
    const [from, to] = [Math.floor(fromMicros / HOUR_US), Math.ceil(toMicros / HOUR_US)];
    const sums: GroupSum[] = [];
    // Rows of one time follow one another.
    let time = Number.NaN;
    let ofTime = new Map<string | null, GroupSum>();
    for (const segment of this.#sums.segments(project, hours, from, to)) {
      for (const [begin, grouped, spans, failed, input, output, cost, durations] of this.#rows(project, segment, by)) {
        const start = Math.floor(begin / hours) * hours;
        if (start !== time) [time, ofTime] = [start, new Map()];
        const group = grouped === "" ? null : grouped;
        let known = ofTime.get(group);
        if (known === undefined) {
          if (sums.length >= MAX_ROWS) return answerOf(hours, sums);
          known = { start, group, sum: new RollupSum() };
          ofTime.set(group, known);
          sums.push(known);
        }
        known.sum.addFigures(spans, failed, input, output, cost, durations);
      }
    }
    return answerOf(hours, sums);
  }

  /** In the order of time. */
  #rows(project: number, { width, from, to }: Segment, by: AggregatesQuery["by"]): Iterable<GroupedRow> {
    const figures = ROLLUP_FIGURES.join(", ");
    const group = by === undefined ? "NULL" : GROUP_COLUMNS[by];
    const statement = this.#database.prepare(
      width === undefined
        ? `SELECT hour, ${group}, ${figures} FROM rollups WHERE project = ? AND hour >= ? AND hour < ? ORDER BY hour`
        : `SELECT start, value, ${figures} FROM rollup_sums
           WHERE project = ? AND start >= ? AND start < ? AND hours = ? AND field = ? ORDER BY start`,
    );
    // Thousands of rows: an object with names costs more than to read it.
    statement.setReturnArrays(true);
    const bucket = width === undefined ? [] : [width, fieldNumber(by)];
    return statement.iterate(project, from, to, ...bucket) as Iterable<unknown> as Iterable<GroupedRow>;
  }
}

function newChange(of: Change["of"]): Change {
  const [project, hour, service, model, type, name] = of;
  const key = [project, hour, ...[cut(service), cut(model), type, cut(name, 64)].map(labelText)];
  return { of, key, spans: 0, failed: 0, inputTokens: 0, outputTokens: 0, costUsd: 0, durations: new Map() };
}

/** The last ones differ most often. */
function isSame(a: Change["of"], b: Change["of"]): boolean {
  return a[5] === b[5] && a[4] === b[4] && a[3] === b[3] && a[1] === b[1] && a[2] === b[2] && a[0] === b[0];
}

function answerOf(hours: number, sums: readonly GroupSum[]): AggregatesResponse {
  let [time, timeOf] = ["", Number.NaN];
  const rows = sums.map(({ start, group, sum }) => {
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
