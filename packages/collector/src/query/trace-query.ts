/** The list's query string, checked field by field. A name that is not known is refused: a typo must not widen a filter. */
import { isSpanType, parseTimestamp } from "@everspan/protocol";
import { HttpError } from "../http/answer.ts";
import { DEFAULT_TRACE_PAGE, MAX_TRACE_PAGE } from "../limits.ts";
import { TRACE_SORT_KEYS, type TraceCursor, type TraceQuery, type TraceSort } from "../store/trace-store.ts";

const FIELDS = ["limit", "cursor", "q", "status", "type", "service", "from", "to", "minDurationMs", "sort"];
const STATUSES = ["OK", "ERROR", "CANCELED", "RUNNING"] as const;
const SORTS: readonly string[] = TRACE_SORT_KEYS.flatMap((key) => [key, `-${key}`]);

/** @throws HttpError 400 that names the field */
export function readTraceQuery(query: URLSearchParams): TraceQuery {
  for (const [name, text] of query) {
    if (!FIELDS.includes(name)) throw badQuery(`${name} is not a filter; known are ${FIELDS.join(", ")}`);
    // SQLite ends a pattern at NUL, so the rest of the text would be no filter at all.
    if (text.includes("\0")) throw badQuery(`${name} must not contain a NUL character`);
  }
  const read = <Value>(
    name: string,
    parse: (text: string) => Value | undefined,
    expected: string,
  ): Value | undefined => {
    const text = query.get(name);
    if (text === null || text === "") return undefined;
    const value = parse(text);
    if (value === undefined) throw badQuery(`${name} must be ${expected}`);
    return value;
  };
  return withoutUndefined({
    limit: read("limit", parsePageSize, `a whole number from 1 to ${MAX_TRACE_PAGE}`) ?? DEFAULT_TRACE_PAGE,
    sort: read("sort", parseSort, `one of ${SORTS.join(", ")}`),
    cursor: read("cursor", decodeCursor, "a nextCursor of this list"),
    text: query.get("q")?.trim() || undefined,
    status: read("status", (text) => STATUSES.find((status) => status === text), `one of ${STATUSES.join(", ")}`),
    type: read("type", (text) => (isSpanType(text) ? text : undefined), "a span type"),
    service: query.get("service") || undefined,
    fromMicros: read("from", parseTimestamp, "an RFC 3339 instant"),
    toMicros: read("to", parseTimestamp, "an RFC 3339 instant"),
    minDurationMs: read("minDurationMs", parseDuration, "milliseconds, zero or more"),
  });
}

export function encodeCursor({ key, traceId }: TraceCursor): string {
  return Buffer.from(JSON.stringify([key, traceId])).toString("base64url");
}

function decodeCursor(text: string): TraceCursor | undefined {
  try {
    const decoded = JSON.parse(Buffer.from(text, "base64url").toString()) as unknown;
    if (!Array.isArray(decoded)) return undefined;
    const [key, traceId] = decoded as unknown[];
    return typeof key === "number" && typeof traceId === "string" ? { key, traceId } : undefined;
  } catch {
    return undefined;
  }
}

function parsePageSize(text: string): number | undefined {
  const size = Number(text);
  return Number.isInteger(size) && size >= 1 && size <= MAX_TRACE_PAGE ? size : undefined;
}

function parseSort(text: string): TraceSort | undefined {
  return SORTS.includes(text) ? (text as TraceSort) : undefined;
}

function parseDuration(text: string): number | undefined {
  const milliseconds = Number(text);
  return Number.isFinite(milliseconds) && milliseconds >= 0 ? milliseconds : undefined;
}

/** Optional properties are absent, not undefined. */
function withoutUndefined<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, property]) => property !== undefined)) as T;
}

function badQuery(message: string): HttpError {
  return new HttpError(400, "BAD_QUERY", message);
}
