import { definedOf, isRevision, textOf } from "../../decoding/marker.ts";
import { kindOf, type Refusal, refuse } from "../../decoding/refusal.ts";
import { MAX_ID_CHARACTERS } from "../../limits.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import type { ServiceInfo, SpanError, SpanSnapshot, SpanStatus } from "../../span-snapshot.ts";
import { DEFAULT_SPAN_TYPE, isSpanType, type SpanType } from "../../span-type.ts";
import { formatTimestamp } from "../../timestamp.ts";
import { isOtlpId } from "./otlp-ids.ts";
import { dataOf, ownData, ownPayload, takeInput, takeOutput } from "./otlp-payloads.ts";
import { typeOfNames } from "./otlp-semantics.ts";
import { OTLP_STATUS } from "./otlp-types.ts";
import { readAttributes } from "./otlp-value.ts";

/** OTLP's `ExportTraceServiceRequest` in its JSON form, from anybody's instrumentation. */

export type DecodedOtlp =
  | {
      readonly ok: true;
      readonly snapshots: readonly SpanSnapshot[];
      /** Spans without a usable id or time: the answer's `partialSuccess` tells their number. */
      readonly rejectedSpans: number;
      /** The first reason; empty when nothing was rejected. */
      readonly errorMessage: string;
    }
  | Refusal;

/** The request's spans. A span of ours comes back with its own ids, type, revision, payloads and data. Never throws. */
export function fromOtlpJson(body: unknown): DecodedOtlp {
  if (!isJsonObject(body)) return refuse(400, `a request must be an object, got ${kindOf(body)}`);
  const snapshots: SpanSnapshot[] = [];
  const reasons: string[] = [];
  for (const resourceSpans of listOf(body.resourceSpans)) {
    const resource = readAttributes(isJsonObject(resourceSpans.resource) ? resourceSpans.resource.attributes : []);
    for (const scopeSpans of listOf(resourceSpans.scopeSpans)) {
      for (const span of listOf(scopeSpans.spans)) {
        const decoded = readSpan(span, resource);
        if (typeof decoded === "string") reasons.push(decoded);
        else snapshots.push(decoded);
      }
    }
  }
  return { ok: true, snapshots, rejectedSpans: reasons.length, errorMessage: reasons[0] ?? "" };
}

type JsonRecord = Readonly<Record<string, unknown>>;

/** The snapshot, or why there is none. */
function readSpan(span: JsonRecord, resource: JsonRecord): SpanSnapshot | string {
  const traceId = hexId(span.traceId, 32);
  const spanId = hexId(span.spanId, 16);
  const startTime = readTime(span.startTimeUnixNano);
  if (traceId === undefined) return "traceId must be 32 hex digits, not all zero";
  if (spanId === undefined) return "spanId must be 16 hex digits, not all zero";
  if (startTime === undefined) return "startTimeUnixNano must be nanoseconds since 1970";
  const readEnd = readTime(span.endTimeUnixNano);
  const endTime = readEnd !== undefined && readEnd < startTime ? startTime : readEnd;
  const attributes = readAttributes(span.attributes);
  const isOurs = isSpanType(attributes["everspan.type"]);
  const events = listOf(span.events);
  const links = listOf(span.links);
  return definedOf<SpanSnapshot>({
    phase: endTime === undefined ? "started" : "ended",
    revision: readRevision(attributes["everspan.revision"], endTime),
    traceId: ownId(attributes, "everspan.trace_id") ?? traceId,
    id: ownId(attributes, "everspan.span_id") ?? spanId,
    parentId: ownId(attributes, "everspan.parent_id") ?? hexId(span.parentSpanId, 16),
    taskId: readTask(attributes),
    name: typeof span.name === "string" ? span.name : "",
    type: readType(attributes),
    startTime,
    endTime,
    status: readStatus(span.status, attributes),
    error: readError(span.status, events),
    service: readService(resource, attributes, isOurs),
    obs: isOurs ? readObs(links[0]) : undefined,
    ...(isOurs ? ownPayloads(attributes) : foreignPayloads(attributes, foreignData(resource, events, links))),
  });
}

type Payloads = { readonly [K in "input" | "output" | "data"]: SpanSnapshot[K] | undefined };

function ownPayloads(attributes: Record<string, unknown>): Payloads {
  return {
    input: ownPayload(attributes, "input"),
    output: ownPayload(attributes, "output"),
    data: ownData(attributes),
  };
}

/** Taking the payloads first leaves what is data. */
function foreignPayloads(attributes: Record<string, unknown>, additions: Record<string, unknown>): Payloads {
  const input = takeInput(attributes);
  const output = takeOutput(attributes);
  const data = dataOf(attributes);
  return { input, output, data: Object.keys(additions).length === 0 ? data : { ...data, ...additions } };
}

function listOf(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function hexId(value: unknown, digits: 16 | 32): string | undefined {
  const id = typeof value === "string" ? value.toLowerCase() : "";
  return isOtlpId(id, digits) ? id : undefined;
}

/** Ids from attributes are as untrusted as the span's own. */
function ownId(attributes: JsonRecord, name: string): string | undefined {
  const id = textOf(attributes, name);
  return id !== undefined && id !== "" && id.length <= MAX_ID_CHARACTERS && !id.includes("\0") ? id : undefined;
}

/** Nanoseconds, as text or number, cut to microseconds; 0 and absent are no time. */
function readTime(value: unknown): string | undefined {
  if (typeof value !== "number" && (typeof value !== "string" || !/^\d{1,20}$/.test(value))) return undefined;
  const micros = typeof value === "number" ? Math.floor(value / 1000) : Number(value.slice(0, -3));
  return Number.isSafeInteger(micros) && micros > 0 ? formatTimestamp(micros) : undefined;
}

function readRevision(value: unknown, endTime: string | undefined): number {
  if (isRevision(value)) return value;
  return endTime === undefined ? 0 : 1;
}

function readTask(attributes: JsonRecord): string | undefined {
  return (
    textOf(attributes, "everspan.task_id") ??
    textOf(attributes, "gen_ai.conversation.id") ??
    textOf(attributes, "session.id")
  );
}

function readType(attributes: JsonRecord): SpanType {
  const own = attributes["everspan.type"];
  if (isSpanType(own)) return own;
  const kind = attributes["openinference.span.kind"] ?? langfuseKind(attributes) ?? attributes["traceloop.span.kind"];
  return typeOfNames(attributes["gen_ai.operation.name"], kind) ?? DEFAULT_SPAN_TYPE;
}

function langfuseKind(attributes: JsonRecord): unknown {
  const type = attributes["langfuse.observation.type"];
  return type === "generation" ? "LLM" : type;
}

function readStatus(status: unknown, attributes: JsonRecord): SpanStatus {
  if (attributes["everspan.status"] === "CANCELED") return "CANCELED";
  const code = isJsonObject(status) ? status.code : undefined;
  return code === OTLP_STATUS.error || code === "STATUS_CODE_ERROR" ? "ERROR" : "OK";
}

/** The last exception event, or the message of a status that says error. */
function readError(status: unknown, events: readonly JsonRecord[]): SpanError | undefined {
  const exception = events.findLast((event) => event.name === "exception");
  const attributes = readAttributes(exception?.attributes);
  const { code, message } = isJsonObject(status) ? status : {};
  if (exception === undefined && code !== OTLP_STATUS.error) return undefined;
  const text = textOf(attributes, "exception.message") ?? (typeof message === "string" ? message : undefined);
  if (exception === undefined && (text === undefined || text === "")) return undefined;
  return definedOf<SpanError>({
    type: textOf(attributes, "exception.type") ?? "Error",
    message: text ?? "",
    stack: textOf(attributes, "exception.stacktrace"),
  });
}

function readService(resource: JsonRecord, attributes: JsonRecord, isOurs: boolean): ServiceInfo | undefined {
  const name = textOf(resource, "service.name");
  const service = definedOf<ServiceInfo>({
    name: name === "unknown_service" && isOurs ? undefined : name,
    version: textOf(resource, "service.version"),
    agentName: textOf(attributes, "gen_ai.agent.name"),
    agentId: textOf(attributes, "gen_ai.agent.id"),
  });
  return Object.keys(service).length > 0 ? service : undefined;
}

function readObs(link: JsonRecord | undefined): SpanSnapshot["obs"] {
  const traceId = hexId(link?.traceId, 32);
  const spanId = hexId(link?.spanId, 16);
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : undefined;
}

/** What a foreign span has beside its attributes, kept so that nothing is lost without a word. */
function foreignData(
  resource: JsonRecord,
  events: readonly JsonRecord[],
  links: readonly JsonRecord[],
): Record<string, unknown> {
  const others = events.filter((event) => event.name !== "exception");
  return {
    ...(Object.keys(resource).length > 0 && { resource }),
    ...(others.length > 0 && {
      events: others.map((event) => ({
        name: typeof event.name === "string" ? event.name : "",
        time: readTime(event.timeUnixNano) ?? null,
        attributes: readAttributes(event.attributes),
      })),
    }),
    ...(links.length > 0 && {
      links: links.map((link) => ({
        traceId: hexId(link.traceId, 32) ?? null,
        spanId: hexId(link.spanId, 16) ?? null,
        attributes: readAttributes(link.attributes),
      })),
    }),
  };
}
