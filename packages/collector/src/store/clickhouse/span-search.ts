/** A search for spans by their fields, page by page. */
import type { StoredSpan } from "@everspan/protocol";
import { MAX_ANSWER_BYTES } from "../../limits.ts";
import { spanMatcher } from "../span-match.ts";
import { ReadTimeoutError } from "../store-errors.ts";
import type { SpanIdentity, SpanSearch } from "../store-queries.ts";
import type { SpanPage } from "../trace-store.ts";
import { type ClickHouseClient, listOf } from "./client.ts";
import type { SpanPlace, SpanReader } from "./span-reader.ts";
import { Conditions } from "./trace-list.ts";

/** A search that finds little reads much. */
const SEARCH_MS = 10_000;
/** Spans that are read in one request. */
const SPANS_AT_ONCE = 200;

interface Place extends SpanPlace {
  readonly start_us: number;
}

interface Where {
  /** What no snapshot of a span changes: its ids. Looked at before the row that stands is known. */
  readonly ids: Conditions;
  readonly fields: Conditions;
}

export class SpanSearcher {
  readonly #client: ClickHouseClient;
  readonly #reader: SpanReader;
  readonly #nowMs: () => number;

  constructor(client: ClickHouseClient, reader: SpanReader, nowMs: () => number = () => performance.now()) {
    this.#client = client;
    this.#reader = reader;
    this.#nowMs = nowMs;
  }

  /** @throws ReadTimeoutError when what its filters leave over is read for too long */
  async search(project: string, asked: SpanSearch): Promise<SpanPage> {
    // The page that ends before a span begins there, the other way round.
    const isBackward = asked.before !== undefined;
    const search = isBackward ? { ...asked, after: asked.before, descending: !asked.descending } : asked;
    const page = await this.#page(project, search);
    return isBackward ? { ...page, spans: [...page.spans].reverse() } : page;
  }

  async #page(project: string, search: SpanSearch): Promise<SpanPage> {
    const where = whereOf(search);
    let after: Place | undefined;
    if (search.after !== undefined) {
      [after] = await this.#places(project, where, search.descending, { span: search.after, limit: 1 });
      if (after === undefined) return { spans: [], hasMore: false };
    }
    const matches = spanMatcher(search) ?? (() => true);
    const deadlineMs = this.#nowMs() + SEARCH_MS;
    const spans: StoredSpan[] = [];
    let characters = 0;
    for (;;) {
      const places = await this.#places(project, where, search.descending, { after, limit: SPANS_AT_ONCE });
      const read = await this.#reader.spansAt(project, places);
      for (const [index, span] of read.entries()) {
        const isFull = spans.length >= search.limit || characters > MAX_ANSWER_BYTES;
        const last = spans.at(-1);
        if (isFull && last !== undefined && !(await this.#isShared(project, where, last.id))) {
          return { spans, hasMore: true };
        }
        if (this.#nowMs() > deadlineMs) throw new ReadTimeoutError("the search took too long: narrow it down");
        after = places[index];
        if (span === undefined || !matches(span)) continue;
        characters += JSON.stringify(span).length;
        spans.push(span);
      }
      if (places.length < SPANS_AT_ONCE) return { spans, hasMore: false };
    }
  }

  /** A page must not end at an id that several of the spans have: the next page begins after an id. */
  async #isShared(project: string, where: Where, span: string): Promise<boolean> {
    return (await this.#places(project, where, false, { span, limit: 2 })).length > 1;
  }

  #places(
    project: string,
    { ids, fields }: Where,
    descending: boolean,
    { after, span, limit }: { after?: Place | undefined; span?: string; limit: number },
  ): Promise<Place[]> {
    const direction = descending ? "DESC" : "ASC";
    const beyond =
      after === undefined
        ? ""
        : `AND (start_us, span_id, trace_id) ${descending ? "<" : ">"} ({start:Int64}, {after:String}, {trace:String})`;
    const only = span === undefined ? "" : "AND span_id = {span:String}";
    return this.#client.query<Place>(
      `SELECT trace_id, span_id, start_us FROM (
         SELECT trace_id, span_id, start_us, end_us, task, name, type, status, parent FROM spans
         WHERE project = {project:String} ${ids.sql.replace("WHERE", "AND")} ${only}
         ORDER BY version DESC LIMIT 1 BY trace_id, span_id)
       WHERE 1 ${fields.sql.replace("WHERE", "AND")} ${beyond}
       ORDER BY start_us ${direction}, span_id ${direction}, trace_id ${direction} LIMIT {limit:UInt64}`,
      {
        project,
        ...ids.parameters,
        ...fields.parameters,
        span: span ?? "",
        start: after?.start_us ?? 0,
        after: after?.span_id ?? "",
        trace: after?.trace_id ?? "",
        limit,
      },
    );
  }
}

function whereOf(search: SpanSearch): Where {
  const [ids, fields] = [new Conditions(), new Conditions()];
  const among = (
    conditions: Conditions,
    column: string,
    name: string,
    values: readonly unknown[] | undefined,
    type = "Array(String)",
  ) => {
    if (values === undefined) return;
    conditions.add(`has(${listOf(name, type)}, ${column})`, { [name]: JSON.stringify(values) });
  };
  const inIndex = (column: string, name: string, values: readonly string[] | undefined) => {
    if (values !== undefined) ids.add(`${column} IN ${listOf(name)}`, { [name]: JSON.stringify(values) });
  };
  inIndex("trace_id", "traceIds", search.traceIds);
  inIndex("span_id", "spanIds", search.spanIds);
  inIndex(
    "span_id",
    "pairSpanIds",
    search.spans?.map(({ spanId }) => spanId),
  );
  among(ids, PAIR, "pairs", pairsOf(search.spans));
  if (search.taskIds !== undefined) {
    ids.add(`(trace_id, span_id) IN (SELECT trace_id, span_id FROM spans WHERE task IN ${listOf("tasks")})`, {
      tasks: JSON.stringify(search.taskIds),
    });
  }
  among(fields, "ifNull(task, '')", "taskIds", search.taskIds);
  among(fields, "name", "names", search.names);
  among(fields, "type", "types", search.types);
  among(fields, "status", "statuses", search.statuses);
  among(fields, "ifNull(parent, '')", "parents", search.parentIds);
  exclude(fields, "trace_id", "notTraces", search.excludedTraceIds);
  exclude(fields, "span_id", "notSpans", search.excludedSpanIds);
  exclude(fields, PAIR, "notPairs", pairsOf(search.excludedSpans));
  bound(fields, "start_us >= {from:Int64}", "from", search.fromMicros);
  bound(fields, "start_us <= {to:Int64}", "to", search.toMicros);
  const longest = "ifNull(toFloat64(end_us - start_us), 9e15)";
  bound(fields, `${longest} >= {longer:Float64}`, "longer", scaled(search.minDurationMs));
  bound(fields, `${longest} <= {shorter:Float64}`, "shorter", scaled(search.maxDurationMs));
  if (search.rootsOnly === true) fields.add("parent IS NULL", {});
  return { ids, fields };
}

/** Both ids in one text. No id holds U+0000 twice the same way: the first ends where its length says. */
const PAIR = "concat(toString(length(trace_id)), ':', trace_id, span_id)";

function pairsOf(spans: readonly SpanIdentity[] | undefined): string[] | undefined {
  return spans?.map(({ traceId, spanId }) => `${Buffer.byteLength(traceId)}:${traceId}${spanId}`);
}

function exclude(conditions: Conditions, column: string, name: string, values: readonly string[] | undefined): void {
  if (values !== undefined) conditions.add(`NOT has(${listOf(name)}, ${column})`, { [name]: JSON.stringify(values) });
}

function bound(conditions: Conditions, condition: string, name: string, value: number | undefined): void {
  if (value !== undefined) conditions.add(condition, { [name]: value });
}

function scaled(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds * 1000;
}
