/** Everspan's own batch: what is wrong with one span turns that span away, and the others are committed. */
import { hash } from "node:crypto";
import { type BatchProducer, decodeNativeBatch, type NativeResponse, type SpanSnapshot } from "@everspan/protocol";
import type { Clock } from "../clock.ts";
import { json } from "../http/answer.ts";
import type { Route, RouteRequest } from "../http/router.ts";
import { DEFAULT_PROJECT } from "../project.ts";
import type { ProducerWord } from "../store/trace-store.ts";
import type { Ingest } from "./ingest.ts";
import type { BodyReceiver } from "./receive.ts";

export function nativeRoutes(receiver: BodyReceiver, ingest: Ingest, clock: Clock): Route[] {
  const takeBatch = async (request: RouteRequest) => {
    const decoded = decodeNativeBatch(await receiver.receiveJson(request), nameBlob);
    if (!decoded.ok) throw ingest.refuse(decoded, 1);
    const { snapshots, rejected, producer } = decoded.batch;
    const word = producer === undefined ? {} : { producer: wordOf(producer, snapshots, clock.wallMs()) };
    await ingest.write(DEFAULT_PROJECT, snapshots, word);
    ingest.countRejected(rejected.length);
    const answer: NativeResponse = { accepted: snapshots.length, rejected };
    return json(answer);
  };
  return [
    {
      method: "POST",
      pattern: "/v1/everspan/batch",
      scope: "ingest",
      summary: "Everspan: merges up to 2000 snapshots, each large part once.",
      handler: takeBatch,
    },
  ];
}

function wordOf(
  { firstSeq, ...report }: BatchProducer,
  snapshots: readonly SpanSnapshot[],
  heardAtMs: number,
): ProducerWord {
  const named = snapshots.find(({ service }) => service !== undefined)?.service;
  return { report, firstSeq, goodbye: false, heardAtMs, service: named?.name ?? named?.agentName ?? null };
}

/** The sender's naming: the first 128 bits of SHA-256. */
function nameBlob(encoded: string): string {
  return hash("sha256", encoded).slice(0, 32);
}
