/** Lists of traces, their facets, sessions and figures: questions that the seals answer, without a look at spans. */
import {
  type FacetField,
  type FacetValue,
  formatTimestamp,
  MAX_COUNTED_TRACES,
  type SessionSummary,
  type TraceSort,
  type TraceSortKey,
  type TraceSummary,
} from "@everspan/protocol";
import { BadCursorError } from "../store-errors.ts";
import type { FacetsQuery, SessionQuery, TraceFilter, TraceQuery } from "../store-queries.ts";
import { foldText } from "../text/fold-text.ts";
import { markFilters } from "../trace-marks.ts";
import type { SessionPage, StoreStats, TracePage } from "../trace-store.ts";
import { cut } from "../trace-tally.ts";
import { type ClickHouseClient, listOf, type Parameters } from "./client.ts";
import { groupBy } from "./group-by.ts";
import { wellFormed } from "./span-rows.ts";
import { markText } from "./trace-sealer.ts";

const SORT_COLUMNS: Readonly<Record<TraceSortKey, string>> = {
  startTime: "start_us",
  durationMs: "duration_us",
  spanCount: "span_count",
  errorCount: "error_count",
  costUsd: "cost_usd",
  tokens: "tokens",
  arrival: "revision",
};

/** Traces of one session that are added up, the latest. */
const MAX_SESSION_TRACES = 500;

const SEALS = "(SELECT * FROM seals FINAL WHERE project = {project:String})";

interface ListRow {
  readonly trace_id: string;
  readonly sort_key: number;
  readonly summary: string;
}

export class TraceList {
  readonly #client: ClickHouseClient;

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  async list(project: string, query: TraceQuery): Promise<TracePage> {
    const { column, descending } = sortOf(query.sort ?? "-startTime");
    const direction = descending ? "DESC" : "ASC";
    const conditions = conditionsOf(query);
    if (query.cursor !== undefined) {
      const beyond = descending ? "<" : ">";
      conditions.add(`(toFloat64(${column}), trace_id) ${beyond} ({key:Float64}, {cursor:String})`, {
        key: query.cursor.key,
        cursor: query.cursor.traceId,
      });
    }
    const rows = await this.#client.query<ListRow>(
      `SELECT trace_id, ${column} AS sort_key, summary FROM ${SEALS} ${conditions.sql}
       ORDER BY ${column} ${direction}, trace_id ${direction} LIMIT {limit:UInt64}`,
      { project, ...conditions.parameters, limit: query.limit + 1 },
    );
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const hasMore = rows.length > query.limit && last !== undefined;
    return {
      traces: page.map((row) => JSON.parse(row.summary) as TraceSummary),
      nextCursor: hasMore ? { key: last.sort_key, traceId: last.trace_id } : null,
    };
  }

  /** Undefined for a trace that is not there. */
  async find(project: string, traceId: string): Promise<TraceSummary | undefined> {
    const rows = await this.#client.query<{ summary: string }>(
      "SELECT summary FROM seals FINAL WHERE project = {project:String} AND trace_id = {trace:String}",
      { project, trace: traceId },
    );
    return rows[0] === undefined ? undefined : (JSON.parse(rows[0].summary) as TraceSummary);
  }

  async facets(
    project: string,
    { fields, prefix = "", limit, of }: FacetsQuery,
  ): Promise<Partial<Record<FacetField, readonly FacetValue[]>>> {
    const conditions = of === undefined ? undefined : conditionsOf(of);
    const from =
      conditions === undefined
        ? SEALS
        : `(SELECT marks FROM ${SEALS} ${conditions.sql} ORDER BY start_us DESC LIMIT ${MAX_COUNTED_TRACES})`;
    const rows = await this.#client.query<{ mark: string; traces: number }>(
      `SELECT arrayJoin(marks) AS mark, count() AS traces FROM ${from} GROUP BY mark
       HAVING arrayExists(begin -> startsWith(lowerUTF8(mark), begin), ${listOf("begins")})
       ORDER BY traces DESC, mark LIMIT {limit:UInt64} BY substring(mark, 1, position(mark, '='))`,
      {
        project,
        ...conditions?.parameters,
        limit,
        begins: JSON.stringify(fields.map((field) => markText(field, prefix).toLowerCase())),
      },
    );
    return Object.fromEntries(
      fields.map((field) => {
        const begin = markText(field, "");
        const values = rows.filter(({ mark }) => mark.startsWith(begin));
        return [field, values.map(({ mark, traces }) => ({ value: mark.slice(begin.length), count: traces }))];
      }),
    );
  }

  /** @throws BadCursorError */
  async sessions(project: string, { limit, cursor, user }: SessionQuery): Promise<SessionPage> {
    const [lastMicros, lastMark] = cursor === undefined ? [Number.MAX_SAFE_INTEGER, ""] : decodeCursor(cursor);
    interface Row {
      readonly mark: string;
      readonly traces: number;
      readonly last_us: number;
    }
    const rows = await this.#client.query<Row>(
      `SELECT mark, count() AS traces, max(start_us) AS last_us FROM (
         SELECT arrayJoin(marks) AS mark, marks, start_us FROM ${SEALS}) WHERE startsWith(mark, {begin:String})
       GROUP BY mark HAVING ((last_us, mark) < ({last:Int64}, {mark:String}))
       ${user === undefined ? "" : "AND has(groupUniqArrayArray(marks), {user:String})"}
       ORDER BY last_us DESC, mark DESC LIMIT {limit:UInt64}`,
      {
        project,
        begin: markText("session", ""),
        last: lastMicros,
        mark: lastMark,
        user: markText("user", user ?? ""),
        limit: limit + 1,
      },
    );
    const page = rows.slice(0, limit);
    const traces = await this.#tracesOfSessions(
      project,
      page.map((row) => row.mark),
    );
    const last = page.at(-1);
    return {
      sessions: page.map((row) => sessionOf(row, traces.get(row.mark) ?? [])),
      nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last) : null,
    };
  }

  /** @returns without the bytes of the medium */
  async stats(project: string): Promise<Omit<StoreStats, "storedBytes">> {
    const rows = await this.#client.query<{ traces: number; spans: number; running: number }>(
      `SELECT count() AS traces, sum(span_count) AS spans, sum(is_running) AS running FROM ${SEALS}`,
      { project },
    );
    const { traces = 0, spans = 0, running = 0 } = rows[0] ?? {};
    return { traces, spans, runningTraces: running };
  }

  async storedBytes(): Promise<number> {
    const rows = await this.#client.query<{ bytes: number }>(
      "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = {database:String} AND active",
      { database: this.#client.address.database },
    );
    return rows[0]?.bytes ?? 0;
  }

  async #tracesOfSessions(project: string, marks: readonly string[]): Promise<Map<string, TraceSummary[]>> {
    if (marks.length === 0) return new Map();
    const rows = await this.#client.query<{ mark: string; summary: string }>(
      `SELECT arrayJoin(arrayIntersect(marks, ${listOf("marks")})) AS mark, summary FROM ${SEALS}
       WHERE hasAny(marks, ${listOf("marks")}) ORDER BY start_us DESC LIMIT ${MAX_SESSION_TRACES} BY mark`,
      { project, marks: JSON.stringify(marks) },
    );
    const groups = groupBy(rows, (row) => row.mark);
    return new Map(
      Array.from(groups, ([mark, of]) => [mark, of.map(({ summary }) => JSON.parse(summary) as TraceSummary)]),
    );
  }
}

export class Conditions {
  readonly #parts: string[] = [];
  readonly #parameters: Record<string, string | number> = {};

  add(condition: string, parameters: Record<string, string | number>): void {
    this.#parts.push(`(${condition})`);
    Object.assign(this.#parameters, parameters);
  }

  get parameters(): Parameters {
    return this.#parameters;
  }

  get sql(): string {
    return this.#parts.length === 0 ? "" : `WHERE ${this.#parts.join(" AND ")}`;
  }
}

export function conditionsOf(query: TraceFilter): Conditions {
  const conditions = new Conditions();
  const marks = markFilters({ ...query, limit: 0 }).map(([field, text]) => markText(field, wellFormed(cut(text))));
  if (marks.length > 0) conditions.add(`hasAll(marks, ${listOf("filters")})`, { filters: JSON.stringify(marks) });
  if (query.text !== undefined) {
    conditions.add("position(folded_name, {folded:String}) > 0 OR startsWith(lower(trace_id), lower({begin:String}))", {
      folded: wellFormed(foldText(query.text)),
      begin: wellFormed(query.text),
    });
  }
  const micros = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : Math.round(milliseconds * 1000);
  const bounds: readonly (readonly [column: string, compare: string, value: number | undefined])[] = [
    ["start_us", ">=", query.fromMicros],
    ["start_us", "<", query.toMicros],
    ["duration_us", ">=", micros(query.minDurationMs)],
    ["duration_us", "<=", micros(query.maxDurationMs)],
    ["tokens", ">=", query.minTokens],
    ["tokens", "<=", query.maxTokens],
    ["cost_usd", ">=", query.minCostUsd],
    ["cost_usd", "<=", query.maxCostUsd],
  ];
  for (const [index, [column, compare, value]] of bounds.entries()) {
    if (value === undefined) continue;
    conditions.add(`toFloat64(${column}) ${compare} {bound${index}:Float64}`, { [`bound${index}`]: value });
  }
  return conditions;
}

function sortOf(sort: TraceSort): { column: string; descending: boolean } {
  const descending = sort.startsWith("-");
  return { column: SORT_COLUMNS[(descending ? sort.slice(1) : sort) as TraceSortKey], descending };
}

function sessionOf(
  { mark, traces: traceCount, last_us: lastMicros }: { mark: string; traces: number; last_us: number },
  traces: readonly TraceSummary[],
): SessionSummary {
  const sum = (read: (trace: TraceSummary) => number) =>
    Math.min(
      Number.MAX_SAFE_INTEGER,
      traces.reduce((total, trace) => total + read(trace), 0),
    );
  return {
    session: mark.slice(markText("session", "").length),
    user: traces.find((trace) => trace.user !== null)?.user ?? null,
    traceCount,
    errorCount: traces.filter((trace) => trace.status === "ERROR").length,
    startTime: traces.map((trace) => trace.startTime).sort()[0] ?? formatTimestamp(lastMicros),
    endTime:
      traces
        .flatMap((trace) => trace.endTime ?? [])
        .sort()
        .at(-1) ?? null,
    inputTokens: sum((trace) => trace.inputTokens),
    outputTokens: sum((trace) => trace.outputTokens),
    costUsd: traces.every((trace) => trace.costUsd === null) ? null : sum((trace) => trace.costUsd ?? 0),
  };
}

function encodeCursor({ last_us, mark }: { last_us: number; mark: string }): string {
  return Buffer.from(`${last_us}:${mark}`, "utf8").toString("base64url");
}

function decodeCursor(cursor: string): [number, string] {
  const match = /^(-?\d{1,16}):(.*)$/s.exec(Buffer.from(cursor, "base64url").toString("utf8"));
  if (match === null) throw new BadCursorError();
  return [Number(match[1]), match[2]!];
}
