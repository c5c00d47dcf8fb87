/**
 * `POST /v1/logs`: GenAI events that carry the messages of a model call are joined to their span, whichever comes
 * first. Other records are not kept, and the response says so; `/v1/metrics` keeps none.
 */
import { type Clock, decodeOtlpLogsJson, decodeOtlpLogsProto, formatTimestamp } from "@everspan/protocol";
import type { HttpResult } from "../../http/http-result.ts";
import type { RouteRequest } from "../../http/route.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import { type BodyReceiver, contentTypeOf } from "../../ingest/receive.ts";
import { isGenAiEvent, piecesOfLogs } from "./log-pieces.ts";
import { exportResult, inTypeOf } from "./otlp-response.ts";
import { receiveOtlp } from "./receive-otlp.ts";

export function takeLogs(receiver: BodyReceiver, ingest: Ingest, clock: Clock) {
  return (request: RouteRequest): Promise<HttpResult> => {
    const type = contentTypeOf(request.raw);
    return inTypeOf(type, async () => {
      const body = await receiveOtlp(receiver, request);
      const decoded = body.form === "json" ? decodeOtlpLogsJson(body.value) : decodeOtlpLogsProto(body.bytes);
      if (!decoded.ok) throw ingest.refuse(decoded, 1);
      const events = decoded.records.filter(isGenAiEvent);
      const rejected = decoded.withoutSpan + decoded.records.length - events.length;
      const now = formatTimestamp(Math.round(clock.wallMs() * 1000));
      const pieces = piecesOfLogs(events, now);
      if (pieces.length > 0) await ingest.write(request.project, pieces, { order: "pieces" });
      const message = rejected === 0 ? "" : "only GenAI events (gen_ai.*) that name their span are kept";
      return exportResult(type, { countName: "rejectedLogRecords", rejected, message });
    });
  };
}

export function takeMetrics(receiver: BodyReceiver) {
  return (request: RouteRequest): Promise<HttpResult> => {
    const type = contentTypeOf(request.raw);
    return inTypeOf(type, async () => {
      await receiveOtlp(receiver, request);
      return exportResult(type, { countName: "rejectedDataPoints", rejected: 0, message: "metrics are not kept here" });
    });
  };
}
