/**
 * Which traces have which value of which field: `facets` counts the traces of each value, `marks` names them by start.
 * So a filter reads an index, and the values of a field are listed with their counts. Within a transaction.
 */
import type { FacetField, FacetValue } from "@everspan/protocol";
import { MARK_FIELDS, type MarkField, marksOf } from "../../trace-marks.ts";
import type { TraceTally } from "../../trace-tally.ts";
import { labelText } from "../schema/sql-text.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { Steps } from "../writing/steps.ts";

/** Marks that one statement adds. */
const MARKS_AT_ONCE = 16;
/** Values whose numbers are kept in memory. */
const MAX_KNOWN_VALUES = 20_000;

export interface Mark {
  readonly value: number;
  /** Traces that have it. */
  readonly traces: number;
}

export class FacetTable {
  readonly #database: Database;
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #change: Statement;
  /** The same where traces leave the value. */
  readonly #leave: Statement;
  readonly #removeValue: Statement;
  /** Numbers of values by field and text. Only the process that writes knows them, and it removes them. */
  readonly #numbers = new Map<string, number>();
  /** What the traces of this write have changed of each value. */
  readonly #changes = new Map<number, { key: string; traces: number; lastMicros: number }>();
  /** By the number of marks that each adds to one trace. */
  readonly #addMarks = new Map<number, Statement>();
  readonly #removeMark: Statement;
  readonly #top: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#find = database.prepare("SELECT value, traces FROM facets WHERE project = ? AND field = ? AND text = ?");
    this.#insert = database.prepare(
      "INSERT INTO facets (project, field, text, traces, last_us) VALUES (?, ?, ?, 0, 0)",
    );
    const change = "UPDATE facets SET traces = traces + ?, last_us = max(last_us, ?) WHERE value = ?";
    this.#change = database.prepare(change);
    this.#leave = database.prepare(`${change} RETURNING traces`);
    this.#removeValue = database.prepare("DELETE FROM facets WHERE value = ?");
    this.#removeMark = database.prepare("DELETE FROM marks WHERE value = ? AND start_us = ? AND trace = ?");
    this.#top = database.prepare(
      "SELECT text, traces FROM facets WHERE project = ? AND field = ? ORDER BY traces DESC LIMIT ?",
    );
  }

  /** Undefined when no trace has it. */
  find(project: number, field: MarkField, text: string): Mark | undefined {
    return this.#find.get(project, MARK_FIELDS.indexOf(field), labelText(text)) as Mark | undefined;
  }

  /**
   * Moves a trace from the values that it had to those that it has; `flush` ends it.
   * @param after null: it is removed
   */
  save(project: number, trace: number, before: TraceTally | null, after: TraceTally | null): void {
    const had = before === null ? new Map<string, [MarkField, string]>() : marksOf(before, labelText);
    const has = after === null ? new Map<string, [MarkField, string]>() : marksOf(after, labelText);
    const isMoved = before !== null && after !== null && before.startMicros !== after.startMicros;
    for (const [key, [field, text]] of had) {
      if (isMoved || !has.has(key)) this.#remove(project, trace, field, text, before!.startMicros, !has.has(key));
    }
    const added: number[] = [];
    for (const [key, [field, text]] of has) {
      if (isMoved || !had.has(key)) added.push(this.#add(project, field, text, after!.startMicros, !had.has(key)));
    }
    for (let from = 0; from < added.length; from += MARKS_AT_ONCE) {
      const values = added.slice(from, from + MARKS_AT_ONCE);
      this.#addMarksOf(values.length).get(after!.startMicros, trace, ...values);
    }
  }

  #addMarksOf(count: number): Statement {
    let statement = this.#addMarks.get(count);
    if (statement === undefined) {
      const rows = Array.from({ length: count }, (_, index) => `(?${index + 3}, ?1, ?2)`);
      statement = this.#database.prepare(`INSERT OR IGNORE INTO marks (value, start_us, trace) VALUES ${rows.join()}`);
      this.#addMarks.set(count, statement);
    }
    return statement;
  }

  /** The values that most traces have. */
  list(project: number, field: FacetField, prefix: string, limit: number): FacetValue[] {
    const number = MARK_FIELDS.indexOf(field);
    const rows =
      prefix === ""
        ? this.#top.all(project, number, limit)
        : this.#database
            .prepare(
              `SELECT text, traces FROM facets WHERE project = ? AND field = ? AND text LIKE ? ESCAPE '\\'
               ORDER BY traces DESC LIMIT ?`,
            )
            .all(project, number, `${prefix.replace(/[\\%_]/g, "\\$&")}%`, limit);
    return (rows as { text: string; traces: number }[]).map(({ text, traces }) => ({ value: text, count: traces }));
  }

  /** Counts what was moved: once a value, whatever number of traces have it. */
  *flush(): Steps<void> {
    for (const [value, { key, traces, lastMicros }] of this.#changes) {
      yield;
      if (traces > 0) {
        this.#change.get(traces, lastMicros, value);
        continue;
      }
      const left = this.#leave.get(traces, lastMicros, value) as { traces: number };
      // A value that no trace has is forgotten: what a person deleted must not remain as a word.
      if (left.traces > 0) continue;
      this.#removeValue.run(value);
      this.#numbers.delete(key);
    }
    this.#changes.clear();
  }

  forget(): void {
    this.#numbers.clear();
    this.#changes.clear();
  }

  /** @returns the value's number */
  #add(project: number, field: MarkField, text: string, startMicros: number, isNew: boolean): number {
    const number = MARK_FIELDS.indexOf(field);
    const key = `${project}\0${number}\0${text}`;
    let value = this.#numbers.get(key);
    if (value === undefined) {
      const found = this.#find.get(project, number, text) as Mark | undefined;
      value = found?.value ?? Number(this.#insert.run(project, number, text).lastInsertRowid);
      if (this.#numbers.size >= MAX_KNOWN_VALUES) this.#numbers.clear();
      this.#numbers.set(key, value);
    }
    this.#note(value, key, isNew ? 1 : 0, startMicros);
    return value;
  }

  #remove(project: number, trace: number, field: MarkField, text: string, startMicros: number, isGone: boolean): void {
    const number = MARK_FIELDS.indexOf(field);
    const found = this.#find.get(project, number, text) as Mark | undefined;
    if (found === undefined) return;
    this.#removeMark.run(found.value, startMicros, trace);
    this.#note(found.value, `${project}\0${number}\0${text}`, isGone ? -1 : 0, 0);
  }

  #note(value: number, key: string, traces: number, lastMicros: number): void {
    const change = this.#changes.get(value);
    if (change === undefined) this.#changes.set(value, { key, traces, lastMicros });
    else {
      change.traces += traces;
      change.lastMicros = Math.max(change.lastMicros, lastMicros);
    }
  }
}
