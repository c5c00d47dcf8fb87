import { formatTimestamp } from "@everspan/protocol";
import type { OtelEvent, OtelHrTime, OtelReadableSpan } from "./api.ts";
import { scopeOf } from "./gen-ai.ts";

const KINDS = ["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const CODES = ["UNSET", "OK", "ERROR"];
/** Where they stand in `data`, beside the attributes. */
const KEY = "__otel__";

/**
 * A span's attributes as they came, and beside them, as the collector keeps it of a span that came over OTLP, what is no
 * attribute. `unread` asks the collector to read the attributes as it reads those of OTLP: conventions are many, and
 * who reads them in one place reads them in one way.
 */
export function dataOf(span: OtelReadableSpan): Record<string, unknown> {
  return { ...span.attributes, [KEY]: fieldsOf(span) };
}

function fieldsOf(span: OtelReadableSpan): Record<string, unknown> {
  const { status, resource } = span;
  const { traceState } = span.spanContext();
  const { name, version, schemaUrl } = scopeOf(span) ?? {};
  const dropped = withoutNothing({
    attributes: span.droppedAttributesCount,
    events: span.droppedEventsCount,
    links: span.droppedLinksCount,
  });
  return withoutNothing({
    unread: true,
    kind: KINDS[span.kind],
    status: status.code || status.message ? withoutNothing({ code: CODES[status.code], message: status.message }) : 0,
    traceState: traceState?.serialize(),
    scope: name && withoutNothing({ name, version, schemaUrl }),
    resource: resource?.attributes && Object.keys(resource.attributes).length > 0 ? { ...resource.attributes } : 0,
    events: span.events.map(eventFields),
    links: span.links.map(linkFields),
    dropped: Object.keys(dropped).length > 0 && dropped,
  });
}

export function eventFields({ name, time, attributes, droppedAttributesCount }: OtelEvent): object {
  const dropped = droppedAttributesCount ? { droppedAttributes: droppedAttributesCount } : {};
  return { name, time: textOf(time), attributes: { ...attributes }, ...dropped };
}

export function linkFields({ context, attributes }: OtelReadableSpan["links"][number]): object {
  return { traceId: context.traceId, spanId: context.spanId, attributes: { ...attributes } };
}

function textOf([seconds, nanos]: OtelHrTime): string {
  return formatTimestamp(seconds * 1e6 + Math.floor(nanos / 1_000));
}

/** Without what is empty: only what the span has is said. */
function withoutNothing(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value))),
  );
}

/** The exception that the span tells of last, as an error; or what its status says. */
export function errorOf({ events, status }: Pick<OtelReadableSpan, "events" | "status">): Error | undefined {
  const exception = events.findLast(({ name }) => name === "exception");
  const said = (exception?.attributes ?? {}) as Record<string, unknown>;
  if (exception === undefined && !(status.code === 2 && status.message !== undefined)) return undefined;
  const error = new Error(String(said["exception.message"] ?? status.message ?? ""));
  error.name = String(said["exception.type"] ?? "Error");
  const stack = said["exception.stacktrace"];
  if (typeof stack === "string") error.stack = stack;
  else delete error.stack;
  return error;
}
