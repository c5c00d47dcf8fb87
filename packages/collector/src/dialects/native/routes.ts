/** Everspan's own batch: what is wrong with one span turns that span away, and the others are committed. */
import {
  type BatchProducer,
  BoundedMap,
  type Clock,
  decodeNativeBatch,
  KEPT_BLOB_ENTRY_BYTES,
  NATIVE_MAX_BATCH_SPANS,
  type NativeResponse,
  readUnreadSpan,
  type SpanSnapshot,
} from "@everspan/protocol";
import { normalizeSpan } from "@everspan/reading";
import { z } from "@hono/zod-openapi";
import { blobNameDigits } from "../../blob-name.ts";
import { json } from "../../http/http-result.ts";
import { choiceField } from "../../http/query-fields.ts";
import { jsonBody, type Route, type RouteRequest, route } from "../../http/route.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import { MAX_KEPT_BLOB_BYTES } from "../../limits.ts";
import type { ReceivedReport } from "../../store/trace-store.ts";

/** @param maxKeptBlobBytes how much is kept of what senders may leave out of later batches */
export function nativeRoutes(
  receiver: BodyReceiver,
  ingest: Ingest,
  clock: Clock,
  maxKeptBlobBytes = MAX_KEPT_BLOB_BYTES,
): Route[] {
  const recent = new BoundedMap<unknown>(maxKeptBlobBytes);
  const takeBatch = async (
    request: RouteRequest<Readonly<Record<string, string>>, z.output<typeof batchQuerySchema>>,
  ) => {
    const body = await receiver.receiveJson(request);
    const kept = blobsOf(recent, request.project);
    const decoded = decodeNativeBatch(body, blobNameDigits, kept);
    if (!decoded.ok) throw ingest.refuse(decoded, recordsOf(body));
    const { rejected, producer, blobs } = decoded.batch;
    const snapshots = decoded.batch.snapshots.map((snapshot) => readUnreadSpan(snapshot, normalizeSpan));
    const received = producer === undefined ? {} : { producer: receivedReport(producer, snapshots, clock.wallMs()) };
    const { order } = request.query;
    const verdicts = await ingest.write(request.project, snapshots, {
      ...received,
      ...(order !== undefined && { order }),
    });
    ingest.countRejected(rejected.length);
    for (const [name, { content, characters }] of blobs) kept.set(name, content, characters);
    const response: NativeResponse = {
      accepted: snapshots.length,
      rejected,
      keepsBlobBytes: maxKeptBlobBytes,
      stored: verdicts.filter((verdict) => verdict === "stored-new").length,
    };
    return json(response);
  };
  return [
    route({
      method: "POST",
      path: "/v1/everspan/batch",
      scope: "ingest",
      summary: `Everspan: merges up to ${NATIVE_MAX_BATCH_SPANS} snapshots, each large part once.`,
      query: batchQuerySchema,
      body: jsonBody("See docs/formats/native-batch.md.", batchSchema),
      response: jsonBody("What was committed, and what was not taken.", nativeResponseSchema),
      errors: ["INVALID_SPAN", "CONFLICT", "TOO_MANY_SPANS", "UNKNOWN_BLOBS", "STORE_UNAVAILABLE"],
      handler: takeBatch,
    }),
  ];
}

const batchQuerySchema = z.strictObject({
  order: choiceField(["revision", "arrival", "pieces"])
    .optional()
    .openapi({ description: "Which of two snapshots of one phase is newer; pieces: each is a part of its span." }),
});

const batchSchema = z
  .looseObject({
    format: z.string(),
    spans: z.array(z.looseObject({ traceId: z.string(), id: z.string(), name: z.string() })),
    blobs: z.record(z.string(), z.unknown()).optional(),
    producer: z.looseObject({}).optional(),
  })
  .openapi("NativeBatch");

const nativeResponseSchema = z
  .strictObject({
    accepted: z.int(),
    rejected: z.array(z.strictObject({ id: z.string(), reason: z.string() })),
    keepsBlobBytes: z.int().optional(),
    stored: z.int().optional(),
  })
  .openapi("NativeResponse");

/** Who knows the name of another project's blob must not get its content by it. */
function blobsOf(recent: BoundedMap<unknown>, project: string) {
  const keyOf = (name: string) => `${project}/${name}`;
  return {
    has: (name: string) => recent.has(keyOf(name)),
    get: (name: string) => recent.get(keyOf(name)),
    set: (name: string, content: unknown, bytes: number) =>
      recent.set(keyOf(name), content, bytes + KEPT_BLOB_ENTRY_BYTES),
  };
}

/** What is no batch counts as one record. */
function recordsOf(body: unknown): number {
  const { spans } = (body ?? {}) as { spans?: unknown };
  return Array.isArray(spans) ? spans.length : 1;
}

function receivedReport(
  { firstSeq, ...report }: BatchProducer,
  snapshots: readonly SpanSnapshot[],
  receivedAtMs: number,
): ReceivedReport {
  const named = snapshots.find(({ service }) => service !== undefined)?.service;
  return { report, firstSeq, final: false, receivedAtMs, service: named?.name ?? named?.agentName ?? null };
}
