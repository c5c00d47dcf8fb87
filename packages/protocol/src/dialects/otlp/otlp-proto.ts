import { ProtoWriter } from "../../protobuf/proto-writer.ts";
import type { SpanSnapshot } from "../../span-snapshot.ts";
import type { TextOfPayload } from "./otlp-attributes.ts";
import { toOtlpJson } from "./otlp-json.ts";
import type { OtlpEvent, OtlpKeyValue, OtlpSpan, OtlpValue } from "./otlp-types.ts";

/** OTLP's `ExportTraceServiceRequest` as protobuf. Field numbers are those of opentelemetry-proto's `trace.proto`. */

export function toOtlpProto(snapshots: readonly SpanSnapshot[], textOf?: TextOfPayload): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter();
  for (const { resource, scopeSpans } of toOtlpJson(snapshots, undefined, textOf).resourceSpans) {
    writer.longMessage(1, () => {
      writer.message(1, () => writeAttributes(writer, 1, resource.attributes));
      for (const { scope, spans } of scopeSpans) {
        writer.longMessage(2, () => {
          writer.message(1, () => writer.string(1, scope.name));
          for (const span of spans) writer.longMessage(2, () => writeSpan(writer, span));
        });
      }
    });
  }
  return writer.finish();
}

function writeSpan(writer: ProtoWriter, span: OtlpSpan): void {
  writer.hex(1, span.traceId);
  writer.hex(2, span.spanId);
  if (span.parentSpanId !== undefined) writer.hex(4, span.parentSpanId);
  writer.string(5, span.name);
  writer.varint(6, span.kind);
  writer.fixed64(7, span.startTimeUnixNano);
  writer.fixed64(8, span.endTimeUnixNano);
  writeAttributes(writer, 9, span.attributes);
  for (const event of span.events ?? []) writer.message(11, () => writeEvent(writer, event));
  for (const link of span.links ?? []) {
    writer.message(13, () => {
      writer.hex(1, link.traceId);
      writer.hex(2, link.spanId);
    });
  }
  writer.message(15, () => {
    if (span.status.message !== undefined) writer.string(2, span.status.message);
    writer.varint(3, span.status.code);
  });
}

function writeEvent(writer: ProtoWriter, event: OtlpEvent): void {
  writer.fixed64(1, event.timeUnixNano);
  writer.string(2, event.name);
  writeAttributes(writer, 3, event.attributes);
}

function writeAttributes(writer: ProtoWriter, field: number, attributes: readonly OtlpKeyValue[]): void {
  for (const { key, value } of attributes) {
    writer.message(field, () => {
      writer.string(1, key);
      writer.message(2, () => writeValue(writer, value));
    });
  }
}

function writeValue(writer: ProtoWriter, value: OtlpValue): void {
  if ("stringValue" in value) writer.string(1, value.stringValue);
  else if ("boolValue" in value) writer.varint(2, value.boolValue ? 1 : 0);
  else if ("intValue" in value) writer.int64(3, value.intValue);
  else writer.double(4, value.doubleValue);
}
