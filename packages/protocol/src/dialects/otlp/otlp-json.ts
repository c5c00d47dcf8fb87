import type { ServiceInfo, SpanSnapshot } from "../../span-snapshot.ts";
import { parseTimestamp } from "../../timestamp.ts";
import { spanAttributes, type TextOfPayload } from "./otlp-attributes.ts";
import { otlpSpanId, otlpTraceId } from "./otlp-ids.ts";
import {
  OTLP_KIND,
  OTLP_STATUS,
  type OtlpEvent,
  type OtlpKeyValue,
  type OtlpRequest,
  type OtlpSpan,
  type OtlpValue,
} from "./otlp-types.ts";

/** OTLP's `ExportTraceServiceRequest` as a JSON object. `otlp-proto.ts` writes the same request as bytes. */

/** Attributes of a span beside those that it has anyway. */
export type MoreAttributes = (snapshot: SpanSnapshot) => Readonly<Record<string, string>>;

const SCOPE_NAME = "everspan";

/** The request for some snapshots, one resource per service. OTLP has no running spans: they get the end 0. */
export function toOtlpJson(
  snapshots: readonly SpanSnapshot[],
  moreOf?: MoreAttributes,
  textOf?: TextOfPayload,
): OtlpRequest {
  const services = new Map<string, { service: ServiceInfo | undefined; spans: OtlpSpan[] }>();
  for (const snapshot of snapshots) {
    const { service } = snapshot;
    const key = JSON.stringify([service?.name, service?.version]);
    const group = services.get(key) ?? { service, spans: [] };
    services.set(key, group);
    group.spans.push(toOtlpSpan(snapshot, moreOf, textOf));
  }
  return {
    resourceSpans: [...services.values()].map(({ service, spans }) => ({
      resource: { attributes: resourceAttributes(service) },
      scopeSpans: [{ scope: { name: SCOPE_NAME }, spans }],
    })),
  };
}

function toOtlpSpan(snapshot: SpanSnapshot, moreOf?: MoreAttributes, textOf?: TextOfPayload): OtlpSpan {
  const { parentId, obs, error, status } = snapshot;
  const events = error === undefined ? [] : [exceptionEvent(snapshot, error)];
  return {
    traceId: otlpTraceId(snapshot.traceId),
    spanId: otlpSpanId(snapshot.id),
    ...(parentId !== undefined && { parentSpanId: otlpSpanId(parentId) }),
    name: snapshot.name,
    kind: snapshot.type === "COMPLETION" ? OTLP_KIND.client : OTLP_KIND.internal,
    startTimeUnixNano: toUnixNano(snapshot.startTime),
    endTimeUnixNano: snapshot.endTime === undefined ? "0" : toUnixNano(snapshot.endTime),
    attributes: keyValues({ ...spanAttributes(snapshot, textOf), ...moreOf?.(snapshot) }),
    ...(events.length > 0 && { events }),
    ...(obs !== undefined && { links: [{ traceId: obs.traceId, spanId: obs.spanId }] }),
    status: {
      code: status === "ERROR" ? OTLP_STATUS.error : status === "OK" ? OTLP_STATUS.ok : OTLP_STATUS.unset,
      ...(error !== undefined && { message: error.message }),
    },
  };
}

function exceptionEvent(snapshot: SpanSnapshot, error: NonNullable<SpanSnapshot["error"]>): OtlpEvent {
  return {
    timeUnixNano: toUnixNano(snapshot.endTime ?? snapshot.startTime),
    name: "exception",
    attributes: keyValues({
      "exception.type": error.type,
      "exception.message": error.message,
      ...(error.stack !== undefined && { "exception.stacktrace": error.stack }),
    }),
  };
}

function resourceAttributes(service: ServiceInfo | undefined): readonly OtlpKeyValue[] {
  const name = service?.name ?? "unknown_service";
  return keyValues({
    "service.name": name,
    ...(service?.version !== undefined && { "service.version": service.version }),
    "openinference.project.name": name,
    "telemetry.sdk.name": "everspan",
    "telemetry.sdk.language": "nodejs",
  });
}

function keyValues(attributes: Readonly<Record<string, string | number | boolean>>): readonly OtlpKeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toValue(value) }));
}

function toValue(value: string | number | boolean): OtlpValue {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Instants up to 1970 have no OTLP form (0 means none) and become its first microsecond. */
function toUnixNano(timestamp: string): string {
  return `${Math.max(parseTimestamp(timestamp) ?? 0, 1)}000`;
}
