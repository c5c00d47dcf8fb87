/** Sessions: the traces that name one, added up when the list is read, since a page holds few. */
import { formatTimestamp, type SessionSummary } from "@everspan/protocol";
import { BadCursorError } from "../../store-errors.ts";
import type { SessionQuery } from "../../store-queries.ts";
import type { SessionPage } from "../../trace-store.ts";
import { VALUE_FIELDS } from "../../trace-tally.ts";
import type { Database, SqlValue, Statement } from "../schema/sqlite.ts";
import { SUMMARY_COLUMNS, type SummaryRow, summaryOfRow } from "./trace-list.ts";

const SESSION = VALUE_FIELDS.indexOf("session");
/** Traces of one session that are added up, the latest: more would make a page cost without a bound. */
const MAX_TRACES = 500;

interface SessionRow {
  readonly value: number;
  readonly text: string;
  readonly traces: number;
  readonly last_us: number;
}

export class SessionList {
  readonly #database: Database;
  readonly #traces: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#traces = database.prepare(
      `SELECT ${SUMMARY_COLUMNS.replace("start_us", "traces.start_us")} FROM marks CROSS JOIN traces USING (trace)
       WHERE marks.value = ? ORDER BY marks.start_us DESC LIMIT ${MAX_TRACES}`,
    );
  }

  /** @throws BadCursorError */
  list(project: number, { limit, cursor, user }: SessionQuery): SessionPage {
    const where = ["project = ?", `field = ${SESSION}`];
    const parameters: SqlValue[] = [project];
    if (cursor !== undefined) {
      where.push("(last_us, value) < (?, ?)");
      parameters.push(...decodeCursor(cursor));
    }
    const rows = this.#database
      .prepare(`SELECT * FROM facets WHERE ${where.join(" AND ")} ORDER BY last_us DESC, value DESC`)
      .iterate(...parameters) as Iterable<unknown> as Iterable<SessionRow>;
    const sessions: SessionSummary[] = [];
    let last: SessionRow | undefined;
    for (const row of rows) {
      if (sessions.length === limit) return { sessions, nextCursor: encodeCursor(last!) };
      last = row;
      const session = this.#summary(row);
      if (user === undefined || session.user === user) sessions.push(session);
    }
    return { sessions, nextCursor: null };
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

function decodeCursor(cursor: string): [number, number] {
  const match = /^(-?\d{1,16}):(\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (match === null) throw new BadCursorError();
  return [Number(match[1]), Number(match[2])];
}
