/** What the query API gives back, as schemas: the API's document shows them, and a test holds real responses to them. */
import {
  type ReadSpan,
  type SentMessagesResponse,
  SPAN_TYPES,
  type SpanUsage,
  type StoredSpan,
  type TokenParts,
  type TraceListResponse,
  type TraceResponse,
  type TraceSummary,
} from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { producerStateSchema, producerSummarySchema } from "../producers/producer-schemas.ts";
import type { StoreStats } from "../store/trace-store.ts";

const count = () => z.int().min(0);
const instant = () => z.iso.datetime({ offset: true });
const spanStatus = z.enum(["OK", "ERROR", "CANCELED"]);
const payload = (what: string) =>
  z
    .unknown()
    .optional()
    .openapi({ description: `${what}: any JSON; {omitted: true, bytes} when it was left out for its size.` });

export const traceSummarySchema = z
  .strictObject({
    traceId: z.string(),
    name: z.string(),
    service: z.string().nullable(),
    startTime: instant(),
    endTime: instant().nullable(),
    durationMs: z.number().nullable(),
    spanCount: count(),
    errorCount: count(),
    failedSpanCount: count(),
    status: spanStatus,
    running: z.boolean(),
    stalledCount: count(),
    lostCount: count(),
    leftOpenCount: count(),
    interruptedCount: count(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    costUsd: z.number().nullable(),
    repeatedReports: count().optional(),
    models: z.array(z.string()),
    missingRoot: z.boolean(),
    droppedRecords: count(),
    cutPayloadCount: count(),
    asked: z.string().nullable(),
    answered: z.string().nullable(),
    session: z.string().nullable(),
    user: z.string().nullable(),
    environment: z.string().nullable(),
    tags: z.array(z.string()),
    pinned: z.boolean(),
    revision: count(),
  })
  .openapi("TraceSummary") satisfies z.ZodType<TraceSummary>;

const tokenParts = {
  cacheReadTokens: count().optional(),
  cacheWriteTokens: count().optional(),
  cacheWrite5mTokens: count().optional(),
  cacheWrite30mTokens: count().optional(),
  cacheWrite1hTokens: count().optional(),
  cacheWrite12hTokens: count().optional(),
  inputAudioTokens: count().optional(),
  inputImageTokens: count().optional(),
  reasoningTokens: count().optional(),
  outputAudioTokens: count().optional(),
  outputImageTokens: count().optional(),
  acceptedPredictionTokens: count().optional(),
  rejectedPredictionTokens: count().optional(),
} satisfies Record<keyof TokenParts, z.ZodType>;

/** Parts of the two totals: never to be added to them. */
const spanUsageSchema = z
  .strictObject({
    ...tokenParts,
    serviceTier: z.string().optional().openapi({ description: "The tier that was billed, e.g. batch." }),
    costSource: z.string().optional().openapi({
      description: "Who says what it cost: sender, override (--prices), or the table of prices with its version.",
    }),
    costIsEstimate: z.boolean().optional().openapi({ description: "Half the list price, for batch and flex tiers." }),
    conflicts: z
      .array(z.strictObject({ field: z.string(), kept: z.number(), other: z.number() }))
      .optional()
      .openapi({
        description: "Counts that two places of the span state differently; the provider's own body is kept.",
      }),
  } satisfies Record<keyof SpanUsage, z.ZodType>)
  .openapi("SpanUsage");

export const storedSpanSchema = z
  .strictObject({
    phase: z.enum(["started", "ended"]),
    revision: z.number(),
    traceId: z.string(),
    id: z.string(),
    parentId: z.string().optional(),
    taskId: z.string().optional(),
    name: z.string(),
    type: z.enum(SPAN_TYPES),
    startTime: instant(),
    endTime: instant().optional(),
    status: spanStatus,
    error: z.strictObject({ type: z.string(), message: z.string(), stack: z.string().optional() }).optional(),
    input: payload("What the span was given"),
    output: payload("What it gave back"),
    data: payload("Its attributes"),
    service: z
      .strictObject({
        name: z.string().optional(),
        version: z.string().optional(),
        agentName: z.string().optional(),
        agentId: z.string().optional(),
        acpType: z.string().optional(),
      })
      .optional(),
    obs: z.strictObject({ traceId: z.string(), spanId: z.string() }).optional(),
    durationMs: z.number().optional(),
    model: z.string().optional(),
    inputTokens: z.number().optional(),
    outputTokens: z.number().optional(),
    costUsd: z.number().optional(),
    usage: spanUsageSchema.optional(),
    producerId: z.string().optional(),
    producerState: producerStateSchema.optional(),
  } satisfies Record<keyof StoredSpan, z.ZodType>)
  .openapi("StoredSpan");

/** A span that was read with a bound for its texts. */
export const readSpanSchema = storedSpanSchema
  .extend({
    cutTexts: z
      .array(z.strictObject({ pointer: z.string(), characters: count() }))
      .optional()
      .openapi({ description: "Where texts are only their beginnings (JSON Pointer), and how long the whole is." }),
  } satisfies Record<Exclude<keyof ReadSpan, keyof StoredSpan>, z.ZodType>)
  .openapi("ReadSpan");

export const traceListSchema = z
  .strictObject({ traces: z.array(traceSummarySchema), nextCursor: z.string().nullable() })
  .openapi("TraceList") satisfies z.ZodType<TraceListResponse>;

export const traceSchema = z
  .strictObject({
    trace: traceSummarySchema,
    spans: z.array(storedSpanSchema),
    nextCursor: z.string().nullable(),
    producers: z.array(producerSummarySchema),
  })
  .openapi("Trace") satisfies z.ZodType<Omit<TraceResponse, "spans">>;

export const sentMessagesSchema = z
  .strictObject({
    messages: z.array(z.strictObject({ hash: z.string(), role: z.string(), characters: count() })),
    calls: z.array(z.strictObject({ spanId: z.string(), sent: z.array(count()), toolsHash: z.string().nullable() })),
    nextCursor: z.string().nullable(),
  })
  .openapi("SentMessages") satisfies z.ZodType<SentMessagesResponse>;

export const statsSchema = z
  .strictObject({ traces: count(), spans: count(), runningTraces: count(), storedBytes: count() })
  .openapi("StoreStats") satisfies z.ZodType<StoreStats>;
