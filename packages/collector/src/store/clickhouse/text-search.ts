/**
 * Search in the texts of spans. The index of words finds the spans that may fit, newest first; their texts say whether
 * they do, which phrases need. A row that another one has replaced finds nothing: the span is looked at as it stands.
 */
import { formatTimestamp, type SearchHit } from "@everspan/protocol";
import { BadCursorError } from "../store-errors.ts";
import type { SearchQuery } from "../store-queries.ts";
import { findAll, type PlacedText } from "../text/plain-text.ts";
import { parseTextQuery, type TextQuery } from "../text/text-query.ts";
import type { SearchPage } from "../trace-store.ts";
import { type ClickHouseClient, listOf } from "./client.ts";
import { keyOf, type SpanPlace } from "./span-reader.ts";
import { wellFormed } from "./span-rows.ts";
import { MAX_WORD_CHARACTERS } from "./span-words.ts";

/** Spans that are looked at for one page; it is short then, with a cursor. */
const MAX_CANDIDATES = 500;

interface Candidate extends SpanPlace {
  readonly start_us: number;
}

interface TextRow extends SpanPlace {
  readonly start_us: number;
  readonly name: string;
  readonly text: string;
}

export class TextSearch {
  readonly #client: ClickHouseClient;

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  /** What is written is found: nothing is indexed behind it. @throws BadCursorError */
  async search(project: string, query: SearchQuery): Promise<SearchPage> {
    const parsed = parseTextQuery(query.text);
    if (parsed === undefined) return { hits: [], nextCursor: null, indexedUpTo: null };
    const candidates = await this.#candidates(project, query, parsed);
    const rows = await this.#texts(project, candidates);
    const names = await this.#traceNames(project, candidates);
    const hits: SearchHit[] = [];
    for (const [index, place] of candidates.entries()) {
      const row = rows.get(keyOf(place));
      const traceName = names.get(place.trace_id);
      if (row === undefined || traceName === undefined) continue;
      const found = findAll(JSON.parse(row.text) as PlacedText[], parsed.parts);
      if (found !== undefined) hits.push(hitOf(row, traceName, found));
      if (hits.length === query.limit && index < candidates.length - 1) {
        return { hits, nextCursor: encodeCursor(place), indexedUpTo: null };
      }
    }
    const hasMore = candidates.length === MAX_CANDIDATES;
    return { hits, nextCursor: hasMore ? encodeCursor(candidates.at(-1)!) : null, indexedUpTo: null };
  }

  async #candidates(project: string, { traceId, cursor }: SearchQuery, { words }: TextQuery): Promise<Candidate[]> {
    const where = ["project = {project:String}"];
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    if (traceId !== undefined) where.push("trace_id = {trace:String}");
    if (after !== undefined)
      where.push("(start_us, trace_id, span_id) < ({start:Int64}, {cursor:String}, {span:String})");
    const parameters: Record<string, string | number> = {};
    for (const [index, { text, isPrefix }] of words.entries()) {
      const word = wellFormed(text.slice(0, MAX_WORD_CHARACTERS));
      const isOpen = isPrefix || text.length > MAX_WORD_CHARACTERS;
      parameters[`word${index}`] = word;
      where.push(
        isOpen
          ? `arrayExists(word -> startsWith(word, {word${index}:String}), words)`
          : `has(words, {word${index}:String})`,
      );
    }
    return this.#client.query<Candidate>(
      `SELECT trace_id, span_id, start_us FROM spans WHERE ${where.join(" AND ")}
       ORDER BY start_us DESC, trace_id DESC, span_id DESC LIMIT 1 BY trace_id, span_id LIMIT ${MAX_CANDIDATES}`,
      {
        project,
        trace: traceId ?? "",
        start: after?.start_us ?? 0,
        cursor: after?.trace_id ?? "",
        span: after?.span_id ?? "",
        ...parameters,
      },
    );
  }

  async #texts(project: string, places: readonly Candidate[]): Promise<Map<string, TextRow>> {
    if (places.length === 0) return new Map();
    const rows = await this.#client.query<TextRow>(
      `SELECT trace_id, span_id, start_us, name, text FROM spans WHERE project = {project:String}
       AND trace_id IN ${listOf("traces")} AND span_id IN ${listOf("spans")}
       ORDER BY version DESC LIMIT 1 BY trace_id, span_id`,
      {
        project,
        traces: JSON.stringify([...new Set(places.map((place) => place.trace_id))]),
        spans: JSON.stringify([...new Set(places.map((place) => place.span_id))]),
      },
    );
    return new Map(rows.map((row) => [keyOf(row), row]));
  }

  /** Of the traces that are there; one without a seal was deleted. */
  async #traceNames(project: string, places: readonly Candidate[]): Promise<Map<string, string>> {
    if (places.length === 0) return new Map();
    const rows = await this.#client.query<{ trace_id: string; name: string }>(
      `SELECT trace_id, JSONExtractString(summary, 'name') AS name FROM seals FINAL
       WHERE project = {project:String} AND trace_id IN ${listOf("traces")}`,
      { project, traces: JSON.stringify([...new Set(places.map((place) => place.trace_id))]) },
    );
    return new Map(rows.map((row) => [row.trace_id, row.name]));
  }
}

function hitOf(row: TextRow, traceName: string, found: Pick<SearchHit, "place" | "snippet" | "marks">): SearchHit {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    traceName,
    spanName: row.name,
    startTime: formatTimestamp(row.start_us),
    place: found.place,
    snippet: found.snippet,
    marks: found.marks,
  };
}

function encodeCursor(place: Candidate): string {
  return Buffer.from(JSON.stringify([place.start_us, place.trace_id, place.span_id]), "utf8").toString("base64url");
}

function decodeCursor(cursor: string): Candidate {
  try {
    const [start, trace, span] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as unknown[];
    if (Number.isSafeInteger(start) && typeof trace === "string" && typeof span === "string") {
      return { start_us: start as number, trace_id: trace, span_id: span };
    }
  } catch {
    // Falls through to the one error that a caller knows.
  }
  throw new BadCursorError();
}
