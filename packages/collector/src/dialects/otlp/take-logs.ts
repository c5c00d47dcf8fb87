/**
 * `POST /v1/logs`: GenAI events that carry the messages of a model call are joined to their span, whichever comes
 * first. Other records are not kept, and the response says so; `/v1/metrics` keeps none.
 */

import {
  type Clock,
  decodeOtlpLogsJson,
  decodeOtlpLogsProto,
  formatTimestamp,
  OTEL_FIELDS_KEY,
  type OtlpLogRecord,
  type SpanSnapshot,
  snapshotOfPiece,
  spanKey,
} from "@everspan/protocol";
import { normalizeSpan } from "@everspan/reading";
import type { HttpResult } from "../../http/http-result.ts";
import type { RouteRequest } from "../../http/route.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import { type BodyReceiver, contentTypeOf } from "../../ingest/receive.ts";
import { exportResult, inTypeOf } from "./otlp-response.ts";
import { receiveOtlp } from "./receive-otlp.ts";

const GEN_AI_EVENT = /^gen_ai\./;
/** Under what the span itself says of its messages. */
const EVENT_STAMP = 0;

export function takeLogs(receiver: BodyReceiver, ingest: Ingest, clock: Clock) {
  return (request: RouteRequest): Promise<HttpResult> => {
    const type = contentTypeOf(request.raw);
    return inTypeOf(type, async () => {
      const body = await receiveOtlp(receiver, request);
      const decoded = body.form === "json" ? decodeOtlpLogsJson(body.value) : decodeOtlpLogsProto(body.bytes);
      if (!decoded.ok) throw ingest.refuse(decoded, 1);
      const events = decoded.records.filter(({ name }) => GEN_AI_EVENT.test(name));
      const rejected = decoded.withoutSpan + decoded.records.length - events.length;
      const now = formatTimestamp(Math.round(clock.wallMs() * 1000));
      const pieces = [...bySpan(events).values()].map((records) => pieceOf(records, now));
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

function bySpan(records: readonly OtlpLogRecord[]): ReadonlyMap<string, readonly OtlpLogRecord[]> {
  const groups = new Map<string, OtlpLogRecord[]>();
  for (const record of records) {
    const group = groups.get(keyOf(record));
    if (group === undefined) groups.set(keyOf(record), [record]);
    else group.push(record);
  }
  return groups;
}

function keyOf({ traceId, spanId }: OtlpLogRecord): string {
  return spanKey(traceId, spanId);
}

/** The events as they came, and the messages that they are: a span that has messages of its own keeps those. */
function pieceOf(records: readonly OtlpLogRecord[], now: string): SpanSnapshot {
  const { traceId, spanId } = records[0]!;
  const events = records.map(({ name, attributes, body }) => ({ name, attributes: { ...attributes, body } }));
  const { input, output } = normalizeSpan({ name: "", attributes: {}, events });
  const times = records.flatMap(({ time }) => (time === null ? [] : [time]));
  return snapshotOfPiece({
    traceId,
    id: spanId,
    guessedStart: times.sort()[0] ?? now,
    stamp: EVENT_STAMP,
    stated: { input, output },
    data: {
      [OTEL_FIELDS_KEY]: {
        logs: records.map(({ traceId: _trace, spanId: _span, ...record }) => record),
      },
    },
  });
}
