/** Producers as they report and as the API gives them back. */
import type { ProducerListResponse, ProducerSummary } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";

export const producerStateSchema = z.enum(["running", "idle", "stalled", "lost", "ended"]);

const count = () => z.int().min(0);

const ledgerSchema = z.strictObject({
  created: count(),
  recovered: count(),
  delivered: count(),
  coalesced: count(),
  pending: count(),
  maybeDelivered: count(),
  dropped: z.record(z.string(), count()),
  inherited: z.strictObject({ dropped: count(), maybeDelivered: count() }).optional(),
});

export const producerSummarySchema = z
  .strictObject({
    id: z.string(),
    state: producerStateSchema,
    service: z.string().nullable(),
    host: z.string().nullable(),
    pid: z.int().nullable(),
    startedAt: z.string().nullable(),
    lastSeen: z.string(),
    heartbeatMs: count().nullable(),
    openSpans: count(),
    ledger: ledgerSchema.nullable(),
    missingRecords: count(),
  })
  .openapi("Producer") satisfies z.ZodType<ProducerSummary>;

export const producerListSchema = z
  .strictObject({ producers: z.array(producerSummarySchema) })
  .openapi("ProducerList") satisfies z.ZodType<ProducerListResponse>;

/** `decodeHeartbeat` reads it; see `docs/formats/native-batch.md`. */
export const heartbeatSchema = z.looseObject({
  format: z.string(),
  producer: z.looseObject({ id: z.string(), batch: count(), lastSeq: count() }),
  final: z.boolean().optional(),
});
