/** What `store-routes.ts` gives back, as schemas. */
import { FACET_FIELDS } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";

const count = () => z.int().min(0);

export const facetsSchema = z
  .strictObject({
    facets: z.partialRecord(z.enum(FACET_FIELDS), z.array(z.strictObject({ value: z.string(), count: count() }))),
  })
  .openapi("Facets");

export const aggregatesSchema = z
  .strictObject({
    bucketMs: count(),
    rows: z.array(
      z.looseObject({
        time: z.string(),
        group: z.string().nullable(),
        spanCount: count(),
        failedSpanCount: count(),
        inputTokens: z.number(),
        outputTokens: z.number(),
        costUsd: z.number().nullable(),
      }),
    ),
  })
  .openapi("Aggregates");

export const searchSchema = z
  .strictObject({
    hits: z.array(
      z.strictObject({
        traceId: z.string(),
        spanId: z.string(),
        traceName: z.string(),
        spanName: z.string(),
        startTime: z.string(),
        place: z.enum(["name", "input", "output", "data", "error"]),
        snippet: z.string(),
        marks: z.array(z.array(count())),
      }),
    ),
    nextCursor: z.string().nullable(),
    indexedUpTo: z.string().nullable(),
  })
  .openapi("SearchHits");

export const sessionsSchema = z
  .strictObject({
    sessions: z.array(
      z.strictObject({
        session: z.string(),
        user: z.string().nullable(),
        traceCount: count(),
        errorCount: count(),
        startTime: z.string(),
        endTime: z.string().nullable(),
        inputTokens: z.number(),
        outputTokens: z.number(),
        costUsd: z.number().nullable(),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .openapi("Sessions");

export const deletionSchema = z.strictObject({ deletedTraces: count(), deletedSpans: count() }).openapi("Deletion");

export const pinSchema = z.strictObject({ pinned: z.boolean() });
