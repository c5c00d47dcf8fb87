/** Everspan's own batch: what is wrong with one span turns that span away, and the others are committed. */
import { hash } from "node:crypto";
import {
  type BatchProducer,
  decodeNativeBatch,
  NATIVE_MAX_BATCH_SPANS,
  type NativeResponse,
  RecentBlobs,
  type SpanSnapshot,
} from "@everspan/protocol";
import type { Clock } from "../../clock.ts";
import { json } from "../../http/answer.ts";
import type { Route, RouteRequest } from "../../http/router.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import { MAX_KEPT_BLOB_BYTES } from "../../limits.ts";
import { DEFAULT_PROJECT } from "../../project.ts";
import type { ReceivedReport } from "../../store/trace-store.ts";

/** @param maxKeptBlobBytes how much is kept of what senders may leave out of later batches */
export function nativeRoutes(
  receiver: BodyReceiver,
  ingest: Ingest,
  clock: Clock,
  maxKeptBlobBytes = MAX_KEPT_BLOB_BYTES,
): Route[] {
  const kept = new RecentBlobs<unknown>(maxKeptBlobBytes);
  const takeBatch = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const decoded = decodeNativeBatch(body, nameBlob, kept);
    if (!decoded.ok) throw ingest.refuse(decoded, recordsOf(body));
    const { snapshots, rejected, producer, blobs } = decoded.batch;
    const received = producer === undefined ? {} : { producer: receivedReport(producer, snapshots, clock.wallMs()) };
    await ingest.write(DEFAULT_PROJECT, snapshots, received);
    ingest.countRejected(rejected.length);
    for (const [name, { content, characters }] of blobs) kept.set(name, content, characters);
    const answer: NativeResponse = { accepted: snapshots.length, rejected, keepsBlobBytes: maxKeptBlobBytes };
    return json(answer);
  };
  return [
    {
      method: "POST",
      pattern: "/v1/everspan/batch",
      scope: "ingest",
      summary: `Everspan: merges up to ${NATIVE_MAX_BATCH_SPANS} snapshots, each large part once.`,
      handler: takeBatch,
    },
  ];
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

/** The sender's naming: the first 128 bits of SHA-256. */
function nameBlob(encoded: string): string {
  return hash("sha256", encoded).slice(0, 32);
}
