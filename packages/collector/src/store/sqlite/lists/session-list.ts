/** Sessions: the traces that name one, added up when the list is read, since a page holds few. */
import { formatTimestamp, type SessionSummary } from "@everspan/protocol";
import { BadCursorError } from "../../store-errors.ts";
import type { SessionQuery } from "../../store-queries.ts";
import { textsOf } from "../../trace-marks.ts";
import type { SessionPage } from "../../trace-store.ts";
import { cut, MAX_VALUE_CHARACTERS, parseTally, VALUE_FIELDS } from "../../trace-tally.ts";
import { labelText } from "../schema/sql-text.ts";
import type { Database, SqlValue, Statement } from "../schema/sqlite.ts";
import type { FacetTable, Mark } from "./facet-table.ts";
import { SUMMARY_COLUMNS, type SummaryRow, summaryOfRow } from "./trace-list.ts";

const SESSION = VALUE_FIELDS.indexOf("session");
/** Traces of one session that are added up, the latest: more would make a page cost without a bound. */
const MAX_TRACES = 500;
/** Of a user with fewer traces the sessions are looked up by them. */
const FEW_TRACES = 2000;

interface SessionRow {
  readonly value: number;
  readonly text: string;
  readonly traces: number;
  readonly last_us: number;
}

/** Of a session in the list. */
type Position = readonly [lastMicros: number, value: number];

export class SessionList {
  readonly #database: Database;
  readonly #facets: FacetTable;
  readonly #traces: Statement;
  readonly #tallies: Statement;
  readonly #session: Statement;

  constructor(database: Database, facets: FacetTable) {
    this.#database = database;
    this.#facets = facets;
    this.#tallies = database.prepare("SELECT tally FROM marks CROSS JOIN tallies USING (trace) WHERE marks.value = ?");
    this.#session = database.prepare(`SELECT * FROM facets WHERE project = ? AND field = ${SESSION} AND text = ?`);
    this.#traces = database.prepare(
      `SELECT ${SUMMARY_COLUMNS.replace("start_us", "traces.start_us")} FROM marks CROSS JOIN traces USING (trace)
       WHERE marks.value = ? ORDER BY marks.start_us DESC LIMIT ${MAX_TRACES}`,
    );
  }

  /** @throws BadCursorError */
  list(project: number, { limit, cursor, user }: SessionQuery): SessionPage {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const mark = user === undefined ? undefined : this.#facets.find(project, "user", cut(user, MAX_VALUE_CHARACTERS));
    if (user !== undefined && mark === undefined) return { sessions: [], nextCursor: null };
    const sessions: SessionSummary[] = [];
    let last: SessionRow | undefined;
    for (const row of this.#rows(project, after, mark)) {
      if (sessions.length === limit) return { sessions, nextCursor: encodeCursor(last!) };
      last = row;
      const session = this.#summary(row);
      if (user === undefined || session.user === user) sessions.push(session);
    }
    return { sessions, nextCursor: null };
  }

  /** The latest first. @param user of whom each has a trace */
  #rows(project: number, after: Position | undefined, user: Mark | undefined): Iterable<SessionRow> {
    if (user !== undefined && user.traces <= FEW_TRACES) return this.#rowsOfUser(project, after, user);
    const where = ["project = ?", `field = ${SESSION}`];
    const parameters: SqlValue[] = [project];
    if (after !== undefined) {
      where.push("(last_us, value) < (?, ?)");
      parameters.push(...after);
    }
    if (user !== undefined) {
      where.push(`EXISTS (SELECT 1 FROM marks AS own CROSS JOIN marks AS theirs
        ON theirs.value = ? AND theirs.start_us = own.start_us AND theirs.trace = own.trace
        WHERE own.value = facets.value)`);
      parameters.push(user.value);
    }
    return this.#database
      .prepare(`SELECT * FROM facets WHERE ${where.join(" AND ")} ORDER BY last_us DESC, value DESC`)
      .iterate(...parameters) as Iterable<unknown> as Iterable<SessionRow>;
  }

  #rowsOfUser(project: number, after: Position | undefined, user: Mark): SessionRow[] {
    const texts = new Set<string>();
    for (const row of this.#tallies.iterate(user.value) as Iterable<unknown> as Iterable<{ tally: string }>) {
      for (const text of textsOf(parseTally(row.tally), "session")) texts.add(labelText(text));
    }
    const rows = [...texts].flatMap((text) => (this.#session.get(project, text) as SessionRow | undefined) ?? []);
    const isAfter = ({ last_us, value }: SessionRow) =>
      after === undefined || last_us < after[0] || (last_us === after[0] && value < after[1]);
    return rows.filter(isAfter).sort((a, b) => b.last_us - a.last_us || b.value - a.value);
  }

  #summary(row: SessionRow): SessionSummary {
    const traces = (this.#traces.all(row.value) as unknown as SummaryRow[]).map(summaryOfRow);
    const sum = (read: (trace: (typeof traces)[number]) => number) =>
      Math.min(
        Number.MAX_SAFE_INTEGER,
        traces.reduce((total, trace) => total + read(trace), 0),
      );
    const ends = traces.flatMap((trace) => trace.endTime ?? []).sort();
    return {
      session: row.text,
      user: traces.find((trace) => trace.user !== null)?.user ?? null,
      traceCount: row.traces,
      errorCount: traces.filter((trace) => trace.status === "ERROR").length,
      startTime: traces.map((trace) => trace.startTime).sort()[0] ?? formatTimestamp(row.last_us),
      endTime: ends.at(-1) ?? null,
      inputTokens: sum((trace) => trace.inputTokens),
      outputTokens: sum((trace) => trace.outputTokens),
      costUsd: traces.every((trace) => trace.costUsd === null) ? null : sum((trace) => trace.costUsd ?? 0),
    };
  }
}

function encodeCursor({ last_us, value }: SessionRow): string {
  return Buffer.from(`${last_us}:${value}`).toString("base64url");
}

function decodeCursor(cursor: string): Position {
  const match = /^(-?\d{1,16}):(\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (match === null) throw new BadCursorError();
  return [Number(match[1]), Number(match[2])];
}
