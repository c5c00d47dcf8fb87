/** The list's query string. A name that is not known is refused: a typo must not widen a filter. */
import { isSpanType, SPAN_TYPES, TRACE_SORT_KEYS, TRACE_STATES, type TraceSort } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { checkedField, choiceField, instantField, integerField, textField } from "../http/query-fields.ts";
import { DEFAULT_TRACE_PAGE, MAX_TRACE_PAGE, MAX_TRACE_PAGE_SPANS, MIN_TEXT_LIMIT } from "../limits.ts";
import type { TraceCursor, TraceFilter, TraceQuery } from "../store/trace-store.ts";

const SORTS: readonly TraceSort[] = TRACE_SORT_KEYS.flatMap((key) => [key, `-${key}`] as const);

function amountField(expected: string) {
  return checkedField(parseAmount, expected, { type: "number", minimum: 0 });
}

export const traceQuerySchema = z.strictObject({
  limit: integerField(1, MAX_TRACE_PAGE).optional(),
  cursor: checkedField(decodeCursor, "a nextCursor of this list", { type: "string" }).optional(),
  q: textField("Part of the trace's name, in any case, or the beginning of its id.").optional(),
  status: choiceField(["OK", "ERROR", "CANCELED", ...TRACE_STATES]).optional(),
  type: checkedField((text) => (isSpanType(text) ? text : undefined), "a span type", {
    type: "string",
    enum: [...SPAN_TYPES],
  }).optional(),
  service: textField("The name of the service that recorded it.").optional(),
  name: textField("The name of one of its spans.").optional(),
  model: textField("A model that it called.").optional(),
  tool: textField("A tool that it called.").optional(),
  errorType: textField("The type of an error in it.").optional(),
  session: textField("Its session.").optional(),
  user: textField("Its user.").optional(),
  environment: textField("Its environment.").optional(),
  tag: textField("One of its tags.").optional(),
  from: instantField().optional(),
  to: instantField().optional(),
  minDurationMs: amountField("milliseconds, zero or more").optional(),
  maxDurationMs: amountField("milliseconds, zero or more").optional(),
  minTokens: amountField("tokens, zero or more").optional(),
  maxTokens: amountField("tokens, zero or more").optional(),
  minCostUsd: amountField("US dollars, zero or more").optional(),
  maxCostUsd: amountField("US dollars, zero or more").optional(),
  sort: choiceField(SORTS).optional(),
});

/** The list's filters, without the order and the page. */
export const traceFilterSchema = traceQuerySchema.omit({ limit: true, cursor: true, sort: true });

/** How one trace is read. */
export const traceReadSchema = z.strictObject({
  payloads: choiceField(["full"]).optional(),
  cursor: z
    .string({ error: "must be given once" })
    .optional()
    .openapi({ description: "Where the page before ended: its nextCursor." }),
  since: integerField(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: "A revision of the trace: only what changed after it." }),
  limit: integerField(1, MAX_TRACE_PAGE_SPANS)
    .optional()
    .openapi({ description: "Spans of the page at most; absent: as many as one page holds." }),
});

/** How one span is read. */
export const spanReadSchema = z.strictObject({
  textLimit: integerField(MIN_TEXT_LIMIT, Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: "Characters of a text at most: a longer one is its beginning, and is named in cutTexts." }),
});

export function toTraceQuery(query: z.output<typeof traceQuerySchema>): TraceQuery {
  const { limit = DEFAULT_TRACE_PAGE, cursor, sort, ...filter } = query;
  return withoutUndefined({ limit, cursor, sort, ...toTraceFilter(filter) });
}

export function toTraceFilter(filter: z.output<typeof traceFilterSchema>): TraceFilter {
  const { q, from: fromMicros, to: toMicros, ...rest } = filter;
  const text = q?.trim() || undefined;
  return withoutUndefined({ ...rest, text, fromMicros, toMicros });
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

function parseAmount(text: string): number | undefined {
  const amount = Number(text);
  return Number.isFinite(amount) && amount >= 0 ? amount : undefined;
}

/** Optional properties are absent, not undefined. */
export function withoutUndefined<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, property]) => property !== undefined)) as T;
}
