/**
 * `POST /v5/spans/search` of Scale GenAI Platform: filters in the body, the page in the query. A filter that is not
 * known is refused rather than passed over, since that would find more than was asked for. One of the ids is required:
 * the collector has no index for anything else.
 */
import { SPAN_TYPES, type SpanStatus } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { HttpError } from "../../http/http-errors.ts";
import { choiceField, instantField, integerField, queryErrorMessage } from "../../http/query-fields.ts";
import { MAX_SEARCH_IDS, MAX_SEARCH_PAGE_SPANS } from "../../limits.ts";
import type { SpanIdentity, SpanSearch } from "../../store/trace-store.ts";

const STATUSES = { SUCCESS: "OK", ERROR: "ERROR", CANCELED: "CANCELED" } as const satisfies Record<string, SpanStatus>;
const STATUS_NAMES = ["SUCCESS", "ERROR", "CANCELED"] as const;

/** Absent, null and an empty list are the same: no filter, as on the platform. */
function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item, { error: "must be a list of texts" }).nullish();
}

const MAX_SEARCH_TEXTS = 10;

const duration = () => z.number({ error: "must be a number" }).min(0, { error: "must be zero or more" }).nullish();
const hexId = (digits: number) =>
  z.string({ error: "must be a list of texts" }).regex(new RegExp(`^[0-9a-f]{${digits}}$`), {
    error: `must have ${digits} lowercase hex digits`,
  });
const identity = () =>
  z.strictObject(
    { trace_id: z.string({ error: "must be a text" }), span_id: z.string({ error: "must be a text" }) },
    { error: (issue) => (issue.code === "invalid_type" ? "must be an object with trace_id and span_id" : undefined) },
  );

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
    group_id: z.string({ error: "must be a text" }).nullish(),
    parent_ids: listOf(text()),
    spans: listOf(identity()),
    excluded_span_ids: listOf(text()),
    excluded_trace_ids: listOf(text()),
    excluded_spans: listOf(identity()),
    min_duration_ms: duration(),
    max_duration_ms: duration(),
    search_texts: z
      .array(z.string({ error: "must be a list of texts" }).min(2, { error: "must have at least 2 characters" }), {
        error: "must be a list of texts",
      })
      .max(MAX_SEARCH_TEXTS, { error: `must be at most ${MAX_SEARCH_TEXTS}` })
      .nullish(),
    extra_metadata: z.record(z.string(), z.unknown(), { error: "must be an object" }).nullish(),
    obs_trace_ids: listOf(hexId(32)),
    obs_span_ids: listOf(hexId(16)),
    acp_types: listOf(text()),
    agentex_agent_ids: listOf(text()),
    agentex_agent_names: listOf(text()),
    application_variant_ids: listOf(text()),
    // Nothing here is assessed, so nothing could be found by it.
    assessment_types: z
      .array(z.unknown())
      .max(0, { error: "can't be searched for: spans have no assessments here" })
      .nullish(),
  },
  { error: (issue) => (issue.code === "invalid_type" ? "the body must be an object" : undefined) },
);

export const sgpSearchPageSchema = z.strictObject({
  limit: integerField(1, MAX_SEARCH_PAGE_SPANS).optional(),
  starting_after: z.string({ error: "must be given once" }).optional(),
  ending_before: z.string({ error: "must be given once" }).optional(),
  sort_order: choiceField(["asc", "desc"]).optional(),
  sort_by: choiceField(["start_timestamp", "start_time"]).optional(),
  from_ts: instantField().optional(),
  to_ts: instantField().optional(),
  // Pages end where their bytes do in any case, and say so.
  allow_partial_results: choiceField(["true", "false"]).optional(),
});

/** @throws HttpError 422 that names the field */
export function readSgpSearch(body: unknown, page: z.output<typeof sgpSearchPageSchema>): SpanSearch {
  const parsed = sgpSearchSchema.safeParse(body);
  if (!parsed.success) throw badSearch(queryErrorMessage(parsed.error, Object.keys(sgpSearchSchema.shape)));
  const { data } = parsed;
  const groups = [...(data.group_ids ?? []), ...(data.group_id == null ? [] : [data.group_id])];
  refuseIds(data, groups.length);
  if (page.starting_after !== undefined && page.ending_before !== undefined)
    throw badSearch("starting_after and ending_before name two pages: give one");
  return {
    ...filter("traceIds", data.trace_ids),
    ...filter("spanIds", data.span_ids),
    ...filter("taskIds", groups),
    ...filter("spans", data.spans?.map(toIdentity)),
    ...filter("parentIds", data.parent_ids),
    ...filter("excludedTraceIds", data.excluded_trace_ids),
    // The exact ones go before the others where both are given.
    ...filter("excludedSpans", data.excluded_spans?.map(toIdentity)),
    ...filter("excludedSpanIds", data.excluded_spans?.length ? null : data.excluded_span_ids),
    ...filter("names", data.names),
    ...filter("types", data.types),
    ...filter(
      "statuses",
      data.statuses?.map((status) => STATUSES[status]),
    ),
    ...filter("texts", data.search_texts),
    ...filter("obsTraceIds", data.obs_trace_ids),
    ...filter("obsSpanIds", data.obs_span_ids),
    ...filter("acpTypes", data.acp_types),
    ...filter("agentIds", data.agentex_agent_ids),
    ...filter("agentNames", data.agentex_agent_names),
    ...filter("variantIds", data.application_variant_ids),
    ...(data.extra_metadata != null && { metadata: data.extra_metadata }),
    ...(data.min_duration_ms != null && { minDurationMs: data.min_duration_ms }),
    ...(data.max_duration_ms != null && { maxDurationMs: data.max_duration_ms }),
    rootsOnly: data.parents_only ?? false,
    ...pageOf(page),
  };
}

function pageOf(page: z.output<typeof sgpSearchPageSchema>) {
  return {
    ...(page.from_ts !== undefined && { fromMicros: page.from_ts }),
    ...(page.to_ts !== undefined && { toMicros: page.to_ts }),
    ...(page.starting_after !== undefined && { after: page.starting_after }),
    ...(page.ending_before !== undefined && { before: page.ending_before }),
    limit: page.limit ?? MAX_SEARCH_PAGE_SPANS,
    descending: page.sort_order !== "asc",
  };
}

/** Each pair of ids counts twice, as on the platform. */
function refuseIds(data: z.output<typeof sgpSearchSchema>, groups: number): void {
  const count = (list: readonly unknown[] | null | undefined) => list?.length ?? 0;
  const found = count(data.trace_ids) + count(data.span_ids) + groups + count(data.spans) + count(data.parent_ids);
  if (found === 0)
    throw badSearch("one of trace_ids, span_ids, group_id, group_ids, spans and parent_ids must name something");
  const ids =
    found +
    count(data.spans) +
    count(data.excluded_span_ids) +
    count(data.excluded_trace_ids) +
    2 * count(data.excluded_spans);
  if (ids > MAX_SEARCH_IDS) throw badSearch(`there must be at most ${MAX_SEARCH_IDS} ids together`);
}

function toIdentity({ trace_id, span_id }: { trace_id: string; span_id: string }): SpanIdentity {
  return { traceId: trace_id, spanId: span_id };
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
