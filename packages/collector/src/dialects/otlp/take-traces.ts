/** `POST /v1/traces`: what is wrong with one span turns that span away, and the others are committed. */

import { type Clock, fromOtlpJson, fromOtlpProto, OTEL_FIELDS_KEY, type SpanSnapshot } from "@everspan/protocol";
import { normalizeSpan } from "@everspan/reading";
import type { HttpResult } from "../../http/http-result.ts";
import type { RouteRequest } from "../../http/route.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import { type BodyReceiver, contentTypeOf } from "../../ingest/receive.ts";
import { MAX_BATCH_RECORDS } from "../../limits.ts";
import { exportResult, inTypeOf } from "./otlp-response.ts";
import { receiveOtlp } from "./receive-otlp.ts";

/** Our own spans are numbered; those of others may come in pieces, with log records for instance. */
function isForeign({ data }: SpanSnapshot): boolean {
  const fields = data?.[OTEL_FIELDS_KEY];
  return typeof fields === "object" && fields !== null;
}

export function takeTraces(receiver: BodyReceiver, ingest: Ingest, clock: Clock) {
  return (request: RouteRequest): Promise<HttpResult> => {
    const type = contentTypeOf(request.raw);
    return inTypeOf(type, async () => {
      const body = await receiveOtlp(receiver, request);
      const options = { normalize: normalizeSpan, receivedMicros: Math.round(clock.wallMs() * 1000) };
      const decoded = body.form === "json" ? fromOtlpJson(body.value, options) : fromOtlpProto(body.bytes, options);
      if (!decoded.ok) throw ingest.refuse(decoded, 1);
      const { snapshots, rejectedSpans, errorMessage } = decoded;
      const order = snapshots.some(isForeign) ? "pieces" : "revision";
      for (let from = 0; from < snapshots.length; from += MAX_BATCH_RECORDS) {
        await ingest.write(request.project, snapshots.slice(from, from + MAX_BATCH_RECORDS), { order });
      }
      ingest.countRejected(rejectedSpans);
      return exportResult(type, { countName: "rejectedSpans", rejected: rejectedSpans, message: errorMessage });
    });
  };
}
