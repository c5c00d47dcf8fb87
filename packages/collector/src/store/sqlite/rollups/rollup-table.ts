/**
 * Spans counted by hour, service, model, type and name (of a tool's call: the tool's), in the transaction that writes them:
 * what a dashboard asks for reads no spans. A span that is replaced is taken out with the figures that it was counted with.
 *
 * Durations are counted in buckets that grow by a fifth, so a percentile is at most a tenth off.
 */
import { type AggregateGroup, type AggregateRow, type AggregatesResponse, formatTimestamp } from "@everspan/protocol";
import type { AggregatesQuery } from "../../store-queries.ts";
import { cut, kindOf, type SpanFacts } from "../../trace-tally.ts";
import { labelText } from "../schema/sql-text.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { Steps } from "../writing/steps.ts";

const HOUR_US = 3_600_000_000;
const DAY_HOURS = 24;
const GROWTH = Math.log(1.2);
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

interface RollupRow {
  readonly spans: number;
  readonly failed: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  /** JSON: count by bucket. */
  readonly durations: string;
}

export class RollupTable {
  readonly #database: Database;
  readonly #select: Statement;
  readonly #save: Statement;
  readonly #remove: Statement;
  readonly #changes = new Map<string, Change>();

  constructor(database: Database) {
    const key = "project = ? AND hour = ? AND service = ? AND model = ? AND type = ? AND name = ?";
    this.#database = database;
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
    for (const change of this.#changes.values()) {
      yield;
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
  }

  read(project: number, { fromMicros, toMicros, bucket, by }: AggregatesQuery): AggregatesResponse {
    const hours = bucket === "day" ? DAY_HOURS : 1;
    const rows = this.#database
      .prepare(`SELECT *, ${by === undefined ? "NULL" : COLUMNS[by]} AS grouped FROM rollups
        WHERE project = ? AND hour >= ? AND hour < ? ORDER BY hour`)
      .iterate(project, Math.floor(fromMicros / HOUR_US), Math.ceil(toMicros / HOUR_US)) as Iterable<unknown>;
    const sums = new Map<string, Sum>();
    for (const row of rows as Iterable<RollupRow & { hour: number; grouped: string | null }>) {
      const start = Math.floor(row.hour / hours) * hours;
      const group = row.grouped === "" ? null : row.grouped;
      const key = `${start}\0${group ?? ""}`;
      let sum = sums.get(key);
      if (sum === undefined) {
        if (sums.size >= MAX_ROWS) break;
        sum = new Sum(start, group);
        sums.set(key, sum);
      }
      sum.add(row);
    }
    return { bucketMs: (hours * HOUR_US) / 1000, rows: [...sums.values()].map((sum) => sum.row()) };
  }
}

/** A tool's calls count as one, whatever the framework calls the spans: `execute_tool search`, `ai.toolCall`. */
function nameOf(span: SpanFacts): string {
  return kindOf(span) === "tool" ? (span.reading.tool ?? span.name) : span.name;
}

const COLUMNS: Readonly<Record<AggregateGroup, string>> = {
  service: "service",
  model: "model",
  tool: "CASE type WHEN 'CODE_EXECUTION' THEN name ELSE '' END",
  type: "type",
  name: "name",
};

class Sum {
  readonly #hour: number;
  readonly #group: string | null;
  #spans = 0;
  #failed = 0;
  #inputTokens = 0;
  #outputTokens = 0;
  #costUsd = 0;
  readonly #durations = new Map<number, number>();

  constructor(hour: number, group: string | null) {
    this.#hour = hour;
    this.#group = group;
  }

  add(row: RollupRow): void {
    this.#spans += row.spans;
    this.#failed += row.failed;
    this.#inputTokens = bounded(this.#inputTokens + row.input_tokens);
    this.#outputTokens = bounded(this.#outputTokens + row.output_tokens);
    this.#costUsd = bounded(this.#costUsd + row.cost_usd);
    for (const [bucket, count] of Object.entries(JSON.parse(row.durations) as Record<string, number>)) {
      this.#durations.set(Number(bucket), (this.#durations.get(Number(bucket)) ?? 0) + count);
    }
  }

  row(): AggregateRow {
    return {
      time: formatTimestamp(this.#hour * HOUR_US),
      group: this.#group,
      spanCount: this.#spans,
      failedSpanCount: this.#failed,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      // The table has no count of known costs: a sum of 0 is none.
      costUsd: Math.round(this.#costUsd * 1e12) / 1e12 || null,
      durationMs: percentiles(this.#durations),
    };
  }
}

function bucketOf(micros: number): number {
  return micros < 1 ? 0 : 1 + Math.floor(Math.log(micros) / GROWTH);
}

/** The middle of a bucket, in milliseconds. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : Math.round(Math.exp((bucket - 0.5) * GROWTH)) / 1000;
}

function percentiles(durations: ReadonlyMap<number, number>): AggregateRow["durationMs"] {
  const sorted = [...durations].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  const at = (share: number): number => {
    let passed = 0;
    for (const [bucket, count] of sorted) {
      passed += count;
      if (passed >= share * total) return middleOf(bucket);
    }
    return middleOf(sorted.at(-1)![0]);
  };
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

function bounded(sum: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, sum));
}
