/**
 * Rollups added up behind the writes: by hour and by day, for each of the fields by which aggregates are asked. A month by
 * model is then a few hundred rows, whatever number of services, types and names it has.
 *
 * A bucket (an hour, or a day) either has its sums here, or is named in `unsummed`; the write that changes its spans says
 * so in its transaction, and removes the sums. Who reads adds up what has none from what is finer.
 */
import type { AggregateGroup } from "@everspan/protocol";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { Steps } from "../writing/steps.ts";
import { ROLLUP_FIGURES, type RollupRow, RollupSum } from "./rollup-figures.ts";

/** Hours of a bucket that has sums. */
const WIDTHS = [1, 24] as const;
export type BucketHours = (typeof WIDTHS)[number];

/** Fields on disk: their place here plus one; 0 is all spans together. Only add to it. */
const FIELDS = ["service", "model", "tool", "type", "name"] as const satisfies readonly AggregateGroup[];
const ALL = 0;

/** What a row of `rollups` has of each. */
export const GROUP_COLUMNS: Readonly<Record<AggregateGroup, string>> = {
  service: "service",
  model: "model",
  tool: "CASE type WHEN 'CODE_EXECUTION' THEN name ELSE '' END",
  type: "type",
  name: "name",
};

/** A bucket that nothing was added to for so long is added up, in milliseconds of the wall clock. */
const QUIET_MS = 60_000;
/** A bucket with more rows of `rollups` is left as it is: adding it up would hold up the writes. */
const MAX_BUCKET_ROWS = 20_000;
/** Rows between two steps. */
const STEP_ROWS = 256;
/** Buckets of which it is kept in memory that they are named in `unsummed`. */
const MAX_KNOWN = 10_000;

/** Buckets of one kind that follow one another, from an hour and up to another. */
export interface Segment {
  /** Undefined: rows of `rollups`. */
  readonly width: BucketHours | undefined;
  readonly from: number;
  readonly to: number;
}

interface Bucket {
  readonly project: number;
  readonly hours: BucketHours;
  readonly start: number;
}

export class RollupSums {
  readonly #note: Statement;
  readonly #remove: Statement;
  readonly #done: Statement;
  readonly #all: Statement;
  readonly #within: Statement;
  readonly #count: Statement;
  readonly #rows: Statement;
  readonly #insert: Statement;
  /** Buckets that are known to be named in `unsummed`. Only the process that writes knows them. */
  readonly #known = new Map<string, { isQuiet: boolean }>();
  /** Those with too many rows. */
  readonly #large = new Set<string>();
  /** To be added up next, the last one first: days before hours, and the latest, which are asked for most. */
  #due: Bucket[] = [];
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(database: Database) {
    const key = "project = ? AND hours = ? AND start = ?";
    this.#note = database.prepare("INSERT OR IGNORE INTO unsummed (project, hours, start) VALUES (?, ?, ?)");
    this.#done = database.prepare(`DELETE FROM unsummed WHERE ${key}`);
    this.#all = database.prepare("SELECT project, hours, start FROM unsummed ORDER BY project, hours, start");
    this.#within = database.prepare(
      "SELECT start FROM unsummed WHERE project = ? AND hours = ? AND start >= ? AND start < ? ORDER BY start",
    );
    this.#remove = database.prepare(
      "DELETE FROM rollup_sums WHERE project = ? AND hours = ? AND field = ? AND start = ?",
    );
    const range = "project = ? AND hour >= ? AND hour < ?";
    this.#count = database.prepare(
      `SELECT count(*) AS rows FROM (SELECT 1 FROM rollups WHERE ${range} LIMIT ${MAX_BUCKET_ROWS + 1})`,
    );
    const columns = FIELDS.map((field) => `${GROUP_COLUMNS[field]} AS by_${field}`);
    this.#rows = database.prepare(`SELECT ${[...ROLLUP_FIGURES, ...columns].join(", ")} FROM rollups WHERE ${range}`);
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO rollup_sums (project, hours, field, start, value, ${ROLLUP_FIGURES.join(", ")})
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** Spans of this hour were counted. Within the transaction that counts them. */
  noteChange(project: number, hour: number): void {
    for (const hours of WIDTHS) {
      const start = startOf(hour, hours);
      const key = keyOf({ project, hours, start });
      const known = this.#known.get(key);
      if (known !== undefined) {
        known.isQuiet = false;
        continue;
      }
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(key, { isQuiet: false });
      if (Number(this.#note.run(project, hours, start).changes) === 0) continue;
      for (let field = ALL; field <= FIELDS.length; field++) this.#remove.run(project, hours, field, start);
    }
  }

  /** After a rollback nothing is known to be noted. */
  forget(): void {
    this.#known.clear();
  }

  /** Whether some wait for being quiet, or for their turn. */
  get isPending(): boolean {
    return this.#due.length > 0 || this.#pending().length > 0;
  }

  /** One that is quiet. @param nowMs by the wall clock; `Infinity`: one that is there, quiet or not */
  nextDue(nowMs: number): Bucket | undefined {
    // Looking reads them all: once for many.
    const isTime = nowMs >= this.#lookedAtMs + QUIET_MS || nowMs < this.#lookedAtMs;
    if (this.#due.length === 0 && isTime) this.#due = this.#look(nowMs);
    return this.#due.pop();
  }

  #look(nowMs: number): Bucket[] {
    const isAll = nowMs === Number.POSITIVE_INFINITY;
    if (!isAll) this.#lookedAtMs = nowMs;
    const due: Bucket[] = [];
    for (const bucket of this.#pending()) {
      const known = this.#known.get(keyOf(bucket));
      if (isAll || known === undefined || known.isQuiet) due.push(bucket);
      // Unless something comes before the next look, it is quiet then.
      else known.isQuiet = true;
    }
    return due;
  }

  #pending(): Bucket[] {
    return (this.#all.all() as unknown as Bucket[]).filter((bucket) => !this.#large.has(keyOf(bucket)));
  }

  /** Adds a bucket up. Within a transaction of the caller's. */
  *sumUp(bucket: Bucket): Steps<void> {
    const { project, hours, start } = bucket;
    const range = [project, start, start + hours] as const;
    const { rows: count } = this.#count.get(...range) as { rows: number };
    if (count > MAX_BUCKET_ROWS) {
      this.#large.add(keyOf(bucket));
      return;
    }
    const sums = [ALL, ...FIELDS.keys()].map(() => new Map<string, RollupSum>());
    let read = 0;
    for (const row of this.#rows.iterate(...range) as Iterable<unknown> as Iterable<
      RollupRow & { [Column in `by_${AggregateGroup}`]: string }
    >) {
      add(sums[ALL]!, "", row);
      for (const [at, field] of FIELDS.entries()) add(sums[at + 1]!, row[`by_${field}`], row);
      read += 1;
      if (read % STEP_ROWS === 0) yield;
    }
    for (const [field, values] of sums.entries()) {
      for (const [value, sum] of values) {
        this.#insert.run(project, hours, field, start, value, ...sum.figures());
        yield;
      }
    }
    this.#done.run(project, hours, start);
    this.#known.delete(keyOf(bucket));
  }

  /** What must be read for buckets of a width between two hours, in the order of time. */
  *segments(project: number, width: BucketHours, from: number, to: number): Iterable<Segment> {
    const finer = (start: number, end: number): Iterable<Segment> =>
      width === 1 ? [{ width: undefined, from: start, to: end }] : this.segments(project, 1, start, end);
    // Days that are asked for in part.
    const [first, last] = [Math.min(to, startOf(from + width - 1, width)), startOf(to, width)];
    if (first > last) return yield* finer(from, to);
    if (from < first) yield* finer(from, first);
    let at = first;
    for (const { start } of this.#within.all(project, width, first, last) as { start: number }[]) {
      if (at < start) yield { width, from: at, to: start };
      yield* finer(start, start + width);
      at = start + width;
    }
    if (at < last) yield { width, from: at, to: last };
    if (last < to) yield* finer(last, to);
  }
}

export function fieldNumber(by: AggregateGroup | undefined): number {
  return by === undefined ? ALL : FIELDS.indexOf(by) + 1;
}

function startOf(hour: number, hours: BucketHours): number {
  return Math.floor(hour / hours) * hours;
}

function keyOf({ project, hours, start }: Bucket): string {
  return `${project}:${hours}:${start}`;
}

function add(sums: Map<string, RollupSum>, value: string, row: RollupRow): void {
  let sum = sums.get(value);
  if (sum === undefined) {
    sum = new RollupSum();
    sums.set(value, sum);
  }
  sum.add(row);
}
