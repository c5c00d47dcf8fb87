/** Reads spans. Of the rows of a span that with the greatest version stands, whether they are merged already or not. */
import { parseJsonNumbers, type StoredSpan } from "@everspan/protocol";
import { MAX_ANSWER_BYTES, MAX_TRACE_PAGE_BYTES, MAX_TRACE_PAGE_SPANS } from "../../limits.ts";
import type { SpanKey } from "../producer-store.ts";
import { BadCursorError } from "../store-errors.ts";
import type { SpanOrderKey, SpanQuery, TraceSpansQuery } from "../store-queries.ts";
import type { SpansOfTrace } from "../trace-store.ts";
import { type ClickHouseClient, listOf } from "./client.ts";
import { groupBy } from "./group-by.ts";
import { namesIn } from "./named-blobs.ts";
import type { ProducerBook } from "./producer-book.ts";
import { SPAN_COLUMNS, type SpanRow, spanJson } from "./span-rows.ts";

/** Spans whose payloads are read in one request; of blobs, names that are asked for in one. */
const SPANS_AT_ONCE = 500;
const BLOBS_AT_ONCE = 2000;

const ORDER_COLUMNS: Readonly<Record<SpanOrderKey, string>> = {
  start_time: "start_us",
  end_time: "end_us",
  name: "name",
  id: "span_id",
};

export interface SpanPlace {
  readonly trace_id: string;
  readonly span_id: string;
}

type Page = Pick<SpansOfTrace, "spansJson" | "producers" | "nextCursor">;

export class SpanReader {
  readonly #client: ClickHouseClient;
  readonly #book: ProducerBook;

  constructor(client: ClickHouseClient, book: ProducerBook) {
    this.#client = client;
    this.#book = book;
  }

  /** @throws BadCursorError */
  async page(project: string, traceId: string, query: TraceSpansQuery): Promise<Page> {
    const { limit = MAX_TRACE_PAGE_SPANS, maxBytes = MAX_TRACE_PAGE_BYTES, payloadLimitBytes } = query;
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const places = await this.#placesOfPage(project, traceId, query.since, after, limit + 1);
    const texts: string[] = [];
    const producerIds = new Set<string>();
    let characters = 0;
    for (let at = 0; at < places.length; at += SPANS_AT_ONCE) {
      const some = places.slice(at, Math.min(at + SPANS_AT_ONCE, places.length));
      const found = await this.#read(project, some, payloadLimitBytes);
      for (const [index, span] of found.entries()) {
        if (texts.length > 0 && (texts.length >= limit || characters > maxBytes)) {
          const last = places[at + index - 1]!;
          return { ...(await this.#pageOf(project, texts, producerIds)), nextCursor: encodeCursor(last) };
        }
        // One that is gone was deleted meanwhile.
        if (span === undefined) continue;
        texts.push(span.json);
        characters += span.json.length;
        if (span.row.producer !== "") producerIds.add(span.row.producer);
      }
    }
    return { ...(await this.#pageOf(project, texts, producerIds)), nextCursor: null };
  }

  async readSpan(project: string, traceId: string, spanId: string): Promise<string | undefined> {
    const [found] = await this.#read(project, [{ trace_id: traceId, span_id: spanId }], Number.POSITIVE_INFINITY);
    return found?.json;
  }

  async getSpan(project: string, traceId: string, spanId: string): Promise<StoredSpan | undefined> {
    const json = await this.readSpan(project, traceId, spanId);
    return json === undefined ? undefined : (parseJsonNumbers(json) as StoredSpan);
  }

  /** Which of these are there. */
  async standing(project: string, spans: readonly SpanPlace[]): Promise<readonly StandingSpan[]> {
    if (spans.length === 0) return [];
    return this.#client.query<StandingSpan>(
      `SELECT trace_id, span_id, producer, revision FROM spans WHERE project = {project:String}
       AND trace_id IN ${listOf("traces")} AND span_id IN ${listOf("spans")}
       ORDER BY version DESC LIMIT 1 BY trace_id, span_id`,
      {
        project,
        traces: JSON.stringify([...new Set(spans.map((span) => span.trace_id))]),
        spans: JSON.stringify([...new Set(spans.map((span) => span.span_id))]),
      },
    );
  }

  /** The trace in which a span with this id came last. */
  async traceOfSpan(project: string, spanId: string): Promise<string | undefined> {
    const rows = await this.#client.query<{ trace_id: string }>(
      `SELECT trace_id FROM spans WHERE project = {project:String} AND span_id = {span:String}
       GROUP BY trace_id ORDER BY min(arrived) DESC LIMIT 1`,
      { project, span: spanId },
    );
    return rows[0]?.trace_id;
  }

  async listSpans(project: string, query: SpanQuery): Promise<readonly StoredSpan[]> {
    const where = ["project = {project:String}"];
    const { traceId = "", taskId = "" } = query;
    if (query.traceId !== undefined) where.push("trace_id = {trace:String}");
    if (query.taskId !== undefined) {
      where.push("(trace_id, span_id) IN (SELECT trace_id, span_id FROM spans WHERE task = {task:String})");
    }
    const direction = query.descending ? "DESC" : "ASC";
    const places = await this.#client.query<SpanPlace>(
      `SELECT trace_id, span_id FROM (SELECT trace_id, span_id, task, name, start_us, end_us FROM spans
         WHERE ${where.join(" AND ")} ORDER BY version DESC LIMIT 1 BY trace_id, span_id)
       ${query.taskId === undefined ? "" : "WHERE task = {task:String}"}
       ORDER BY ${ORDER_COLUMNS[query.orderBy]} ${direction}, span_id ${direction}
       LIMIT {limit:UInt64} OFFSET {offset:UInt64}`,
      { project, trace: traceId, task: taskId, limit: query.limit, offset: query.offset },
    );
    const spans: StoredSpan[] = [];
    let characters = 0;
    for (let at = 0; at < places.length; at += SPANS_AT_ONCE) {
      const limitBytes = characters > MAX_ANSWER_BYTES ? 0 : Number.POSITIVE_INFINITY;
      for (const found of await this.#read(project, places.slice(at, at + SPANS_AT_ONCE), limitBytes)) {
        if (found === undefined) continue;
        characters += found.json.length;
        spans.push(parseJsonNumbers(found.json) as StoredSpan);
      }
    }
    return spans;
  }

  /** Whole spans in the order of their places; undefined for what is not there. */
  async spansAt(project: string, places: readonly SpanPlace[]): Promise<readonly (StoredSpan | undefined)[]> {
    const found = await this.#read(project, places, Number.POSITIVE_INFINITY);
    return found.map((span) => (span === undefined ? undefined : (parseJsonNumbers(span.json) as StoredSpan)));
  }

  async producersOf(project: string, spans: readonly SpanKey[]): Promise<readonly string[]> {
    const places = spans.map(({ traceId, id }) => ({ trace_id: traceId, span_id: id }));
    const wanted = new Set(places.map(keyOf));
    const rows = (await this.standing(project, places)).filter((row) => row.producer !== "" && wanted.has(keyOf(row)));
    return [...new Set(rows.map((row) => row.producer))];
  }

  #placesOfPage(
    project: string,
    traceId: string,
    since: number | undefined,
    after: Place | undefined,
    limit: number,
  ): Promise<Place[]> {
    const where = ["arrived > {since:Int64}"];
    if (after !== undefined) where.push("(start_us, span_id) > ({start:Int64}, {span:String})");
    return this.#client.query<Place>(
      `SELECT trace_id, span_id, start_us FROM (SELECT trace_id, span_id, start_us, arrived FROM spans
         WHERE project = {project:String} AND trace_id = {trace:String} ORDER BY version DESC LIMIT 1 BY span_id)
       WHERE ${where.join(" AND ")} ORDER BY start_us, span_id LIMIT {limit:UInt64}`,
      {
        project,
        trace: traceId,
        limit,
        since: since ?? Number.MIN_SAFE_INTEGER,
        start: after?.start_us ?? 0,
        span: after?.span_id ?? "",
      },
    );
  }

  async #pageOf(project: string, texts: readonly string[], producerIds: ReadonlySet<string>) {
    const known = await this.#book.known(project, producerIds);
    return { spansJson: `[${texts.join(",")}]`, producers: Array.from(known.values(), ({ producer }) => producer) };
  }

  async #read(project: string, places: readonly SpanPlace[], payloadLimitBytes: number) {
    if (places.length === 0) return [];
    const rows = await this.#client.query<SpanRow>(
      `SELECT ${SPAN_COLUMNS} FROM spans WHERE project = {project:String} AND trace_id IN ${listOf("traces")}
       AND span_id IN ${listOf("spans")} ORDER BY version DESC LIMIT 1 BY trace_id, span_id`,
      {
        project,
        traces: JSON.stringify([...new Set(places.map((place) => place.trace_id))]),
        spans: JSON.stringify([...new Set(places.map((place) => place.span_id))]),
      },
    );
    const contents = await this.#contentsOf(project, rows);
    const running = rows.filter((row) => row.end_us === null && row.producer !== "").map((row) => row.producer);
    const known = await this.#book.known(project, new Set(running));
    const stateOf = (id: string) => known.get(id)?.state ?? "lost";
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    return places.map((place) => {
      const row = byKey.get(keyOf(place));
      if (row === undefined) return undefined;
      return { row, json: spanJson(row, { contents: contents.get(row.trace_id)!, payloadLimitBytes, stateOf }) };
    });
  }

  /** The blobs below the payloads of these rows, by trace. */
  async #contentsOf(project: string, rows: readonly SpanRow[]): Promise<Map<string, Map<string, string>>> {
    const contents = new Map<string, Map<string, string>>();
    for (const [traceId, ofTrace] of groupBy(rows, (row) => row.trace_id)) {
      const texts = ofTrace.flatMap(({ error, input, output, data }) => [error, input, output, data]);
      contents.set(traceId, await this.#blobsBelow(project, traceId, texts));
    }
    return contents;
  }

  async #blobsBelow(project: string, traceId: string, texts: readonly (string | null)[]) {
    const found = new Map<string, string>();
    const asked = new Set<string>();
    let names = texts.flatMap((text) => (text === null ? [] : namesIn(text)));
    while (names.length > 0) {
      const wanted = [...new Set(names)].filter((name) => !asked.has(name));
      names = [];
      for (let at = 0; at < wanted.length; at += BLOBS_AT_ONCE) {
        const some = wanted.slice(at, at + BLOBS_AT_ONCE);
        for (const name of some) asked.add(name);
        const rows = await this.#client.query<{ blob: string; content: string }>(
          `SELECT toString(name) AS blob, content FROM blobs WHERE project = {project:String} AND trace_id = {trace:String}
           AND name IN arrayMap(name -> toUInt128(name), ${listOf("names")}) LIMIT 1 BY name`,
          { project, trace: traceId, names: JSON.stringify(some) },
        );
        for (const { blob, content } of rows) {
          found.set(blob, content);
          names.push(...namesIn(content));
        }
      }
    }
    return found;
  }
}

export interface StandingSpan extends SpanPlace {
  readonly producer: string;
  readonly revision: number;
}

interface Place extends SpanPlace {
  readonly start_us: number;
}

export function keyOf({ trace_id, span_id }: SpanPlace): string {
  return `${trace_id}\0${span_id}`;
}

function encodeCursor({ start_us, span_id }: Place): string {
  return Buffer.from(`${start_us}:${span_id}`, "utf8").toString("base64url");
}

function decodeCursor(cursor: string): Place {
  const match = /^(-?\d{1,16}):(.*)$/s.exec(Buffer.from(cursor, "base64url").toString("utf8"));
  if (match === null) throw new BadCursorError();
  return { trace_id: "", start_us: Number(match[1]), span_id: match[2]! };
}
