/**
 * `POST /v5/spans/search` of Scale GenAI Platform: filters in the body, the page in the query. A filter that is not
 * known is refused rather than passed over, since that would find more than was asked for. One of the ids is required:
 * the collector has no index for anything else.
 */
import { SPAN_TYPES, type SpanStatus } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { HttpError } from "../../http/http-errors.ts";
import { choiceField, integerField, queryErrorMessage } from "../../http/query-fields.ts";
import { MAX_SEARCH_IDS, MAX_SEARCH_PAGE_SPANS } from "../../limits.ts";
import type { SpanSearch } from "../../store/trace-store.ts";

const STATUSES = { SUCCESS: "OK", ERROR: "ERROR", CANCELED: "CANCELED" } as const satisfies Record<string, SpanStatus>;
const STATUS_NAMES = ["SUCCESS", "ERROR", "CANCELED"] as const;

/** Absent, null and an empty list are the same: no filter, as on the platform. */
function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item, { error: "must be a list of texts" }).nullish();
}

const text = () => z.string({ error: "must be a list of texts" });
const choice = <const Choice extends string>(choices: readonly Choice[]) =>
  z.enum(choices, { error: "must be a list of texts, of those that are known" });

export const sgpSearchSchema = z.strictObject(
  {
    trace_ids: listOf(text()),
    span_ids: listOf(text()),
    group_ids: listOf(text()),
    names: listOf(text()),
    types: listOf(choice(SPAN_TYPES)),
    statuses: listOf(choice(STATUS_NAMES)),
    parents_only: z.boolean({ error: "must be true or false" }).nullish(),
  },
  { error: (issue) => (issue.code === "invalid_type" ? "the body must be an object" : undefined) },
);

export const sgpSearchPageSchema = z.strictObject({
  limit: integerField(1, MAX_SEARCH_PAGE_SPANS).optional(),
  starting_after: z.string({ error: "must be given once" }).optional(),
  sort_order: choiceField(["asc", "desc"]).optional(),
});

/** @throws HttpError 422 that names the field */
export function readSgpSearch(body: unknown, page: z.output<typeof sgpSearchPageSchema>): SpanSearch {
  const parsed = sgpSearchSchema.safeParse(body);
  if (!parsed.success) throw badSearch(queryErrorMessage(parsed.error, Object.keys(sgpSearchSchema.shape)));
  const { trace_ids, span_ids, group_ids, names, types, statuses, parents_only } = parsed.data;
  const ids = [trace_ids, span_ids, group_ids].reduce((count, list) => count + (list?.length ?? 0), 0);
  if (ids === 0) throw badSearch("one of trace_ids, span_ids and group_ids must name something");
  if (ids > MAX_SEARCH_IDS) throw badSearch(`there must be at most ${MAX_SEARCH_IDS} ids together`);
  return {
    ...filter("traceIds", trace_ids),
    ...filter("spanIds", span_ids),
    ...filter("taskIds", group_ids),
    ...filter("names", names),
    ...filter("types", types),
    ...filter(
      "statuses",
      statuses?.map((status) => STATUSES[status]),
    ),
    rootsOnly: parents_only ?? false,
    ...(page.starting_after !== undefined && { after: page.starting_after }),
    limit: page.limit ?? MAX_SEARCH_PAGE_SPANS,
    descending: page.sort_order !== "asc",
  };
}

function filter<Name extends string, Item>(
  name: Name,
  items: readonly Item[] | null | undefined,
): { [Key in Name]?: readonly Item[] } {
  return items == null || items.length === 0 ? {} : ({ [name]: items } as { [Key in Name]: readonly Item[] });
}

function badSearch(message: string): HttpError {
  return new HttpError(422, "BAD_SEARCH", message);
}
