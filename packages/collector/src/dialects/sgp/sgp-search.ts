/**
 * `POST /v5/spans/search` of Scale GenAI Platform: filters in the body, the page in the query. A filter that is not
 * known is refused rather than passed over, since that would find more than was asked for. One of the ids is required:
 * the collector has no index for anything else.
 */
import { isSpanType, type SpanStatus } from "@everspan/protocol";
import { HttpError } from "../../http/answer.ts";
import { MAX_SEARCH_IDS, MAX_SEARCH_PAGE_SPANS } from "../../limits.ts";
import type { SpanSearch } from "../../store/trace-store.ts";

const FILTERS = ["trace_ids", "span_ids", "group_ids", "names", "types", "statuses", "parents_only"];
const PAGE_FIELDS = ["limit", "starting_after", "sort_order"];
const STATUSES: Readonly<Record<string, SpanStatus>> = { SUCCESS: "OK", ERROR: "ERROR", CANCELED: "CANCELED" };

type Filters = Readonly<Record<string, unknown>>;

/** @throws HttpError 422 that names the field */
export function readSgpSearch(body: unknown, query: URLSearchParams): SpanSearch {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badSearch("the body must be an object");
  const filters = body as Filters;
  refuseUnknown(Object.keys(filters), FILTERS);
  refuseUnknown(query.keys(), PAGE_FIELDS);
  const after = query.get("starting_after");
  return {
    ...readIds(filters),
    ...listOf("names", readTexts(filters, "names")),
    ...listOf("types", readTexts(filters, "types", isSpanType)),
    ...listOf("statuses", readStatuses(filters)),
    rootsOnly: readFlag(filters, "parents_only"),
    ...(after !== null && { after }),
    limit: readLimit(query.get("limit")),
    descending: readDescending(query.get("sort_order")),
  };
}

function readIds(filters: Filters): Pick<SpanSearch, "traceIds" | "spanIds" | "taskIds"> {
  const traceIds = readTexts(filters, "trace_ids");
  const spanIds = readTexts(filters, "span_ids");
  const taskIds = readTexts(filters, "group_ids");
  const count = traceIds.length + spanIds.length + taskIds.length;
  if (count === 0) throw badSearch("one of trace_ids, span_ids and group_ids must name something");
  if (count > MAX_SEARCH_IDS) throw badSearch(`there must be at most ${MAX_SEARCH_IDS} ids together`);
  return { ...listOf("traceIds", traceIds), ...listOf("spanIds", spanIds), ...listOf("taskIds", taskIds) };
}

function readStatuses(filters: Filters): SpanStatus[] {
  return readTexts(filters, "statuses", (text) => Object.hasOwn(STATUSES, text)).map((text) => STATUSES[text]!);
}

/** Absent and null are the same as an empty list. */
function readTexts(filters: Filters, name: string, isKnown: (text: string) => boolean = () => true): string[] {
  const value = filters[name] ?? [];
  const isFit = (item: unknown): item is string => typeof item === "string" && isKnown(item);
  if (Array.isArray(value) && value.every(isFit)) return value;
  throw badSearch(`${name} must be a list of texts, of those that are known`);
}

/** An empty list is no filter, as on the platform. */
function listOf<Name extends string, Item>(name: Name, items: readonly Item[]): { [Key in Name]?: readonly Item[] } {
  return items.length === 0 ? {} : ({ [name]: items } as { [Key in Name]: readonly Item[] });
}

function readFlag(filters: Filters, name: string): boolean {
  const value = filters[name] ?? false;
  if (typeof value === "boolean") return value;
  throw badSearch(`${name} must be true or false`);
}

function readLimit(text: string | null): number {
  const limit = Number(text ?? MAX_SEARCH_PAGE_SPANS);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_SEARCH_PAGE_SPANS) return limit;
  throw badSearch(`limit must be a whole number from 1 to ${MAX_SEARCH_PAGE_SPANS}`);
}

function readDescending(text: string | null): boolean {
  if (text === null || text === "desc") return true;
  if (text === "asc") return false;
  throw badSearch("sort_order must be asc or desc");
}

function refuseUnknown(names: Iterable<string>, known: readonly string[]): void {
  for (const name of names) {
    if (!known.includes(name)) throw badSearch(`${name.slice(0, 40)} is not known here; known are ${known.join(", ")}`);
  }
}

function badSearch(message: string): HttpError {
  return new HttpError(422, "BAD_SEARCH", message);
}
