/** A span as a row of the table `spans`, both ways. */
import {
  formatTimestamp,
  isInterrupted,
  type ProducerState,
  readTimestamp,
  type SpanSnapshot,
  type SpanStatus,
  type SpanType,
} from "@everspan/protocol";
import type { Pricing } from "../../cost/pricing.ts";
import { columnBytes, type PayloadSplitter } from "../payload-blobs.ts";
import { boundedColumn, refuseLongTexts } from "../span-bounds.ts";
import { deriveSpan, spanUsageOf } from "../span-reading.ts";
import { cut, kindOf, type SpanFacts, type SpanReading } from "../trace-tally.ts";
import { joinNamed, type NamedContents } from "./named-blobs.ts";
import type { PayloadColumns, SpanWords } from "./span-words.ts";
import { versionOf } from "./versions.ts";

/** What a summary is made of: no payloads. */
export interface FactsRow {
  readonly trace_id: string;
  readonly span_id: string;
  readonly arrived: number;
  readonly start_us: number;
  /** Null while it has not ended. */
  readonly end_us: number | null;
  readonly parent: string | null;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  /** Empty: none told it. */
  readonly producer: string;
  readonly service_name: string;
  readonly model: string;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_usd: number | null;
  /** JSON of `SpanReading`. */
  readonly reading: string;
}

/** With payloads, as columns of `payload-blobs.ts` whose references are names. */
export interface SpanRow extends FactsRow {
  readonly revision: number;
  readonly task: string | null;
  /** JSON of the snapshot's `service`. */
  readonly service: string | null;
  readonly error: string | null;
  readonly obs: string | null;
  readonly input: string | null;
  readonly output: string | null;
  readonly data: string | null;
}

export const FACTS_COLUMNS =
  "trace_id, span_id, arrived, start_us, end_us, parent, name, type, status, producer, service_name, model, input_tokens, output_tokens, cost_usd, reading";
export const SPAN_COLUMNS = `${FACTS_COLUMNS}, revision, task, service, error, obs, input, output, data`;

export interface RowContext {
  readonly project: string;
  readonly arrived: number;
  readonly producer: string;
  readonly splitter: PayloadSplitter;
  readonly pricing: Pricing;
  readonly words: (snapshot: SpanSnapshot, columns: PayloadColumns) => SpanWords;
}

/** The row as a line of JSON. @throws SpanRefusedError when a text or a payload goes beyond its bound */
export function spanLine(snapshot: SpanSnapshot, context: RowContext): string {
  refuseLongTexts(snapshot);
  const { splitter, pricing } = context;
  let isCut = false as boolean;
  const payload = (value: unknown): string | null => {
    if (value === undefined) return null;
    const bounded = boundedColumn(snapshot.id, splitter, value);
    isCut ||= bounded.isCut;
    return bounded.column;
  };
  const columns = { input: payload(snapshot.input), output: payload(snapshot.output), data: payload(snapshot.data) };
  const error = snapshot.error === undefined ? null : splitter.toColumn(snapshot.error).column;
  const { usage, reading } = deriveSpan(snapshot, pricing);
  const read: SpanReading = {
    ...reading,
    ...(snapshot.error !== undefined && { errorType: cut(snapshot.error.type) }),
    ...(isCut && { cut: true as const }),
  };
  const { service } = snapshot;
  const serviceName = service?.name ?? service?.agentName ?? "";
  return JSON.stringify({
    project: context.project,
    trace_id: wellFormed(snapshot.traceId),
    span_id: wellFormed(snapshot.id),
    version: versionOf(snapshot).toString(),
    arrived: context.arrived,
    revision: snapshot.revision,
    start_us: readTimestamp(snapshot.startTime)!,
    end_us: snapshot.endTime === undefined ? null : readTimestamp(snapshot.endTime)!,
    parent: snapshot.parentId === undefined ? null : wellFormed(snapshot.parentId),
    task: snapshot.taskId === undefined ? null : wellFormed(snapshot.taskId),
    name: wellFormed(snapshot.name),
    type: snapshot.type,
    status: snapshot.status,
    service: service === undefined ? null : JSON.stringify(service),
    producer: context.producer,
    service_name: wellFormed(cut(serviceName)),
    tool: wellFormed(toolOf(snapshot, read)),
    model: wellFormed(usage.model ?? ""),
    input_tokens: usage.inputTokens ?? null,
    output_tokens: usage.outputTokens ?? null,
    cost_usd: usage.costUsd ?? null,
    reading: JSON.stringify(read),
    error,
    obs: snapshot.obs === undefined ? null : JSON.stringify(snapshot.obs),
    ...columns,
    ...context.words(snapshot, { error, ...columns }),
  });
}

/** A tool's calls count as one, whatever the framework calls the spans. */
function toolOf({ type, name }: SpanSnapshot, reading: SpanReading): string {
  return kindOf({ type, reading }) === "tool" ? cut(reading.tool ?? name, 64) : "";
}

/** Half a surrogate pair is no text for ClickHouse. */
export function wellFormed(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}

export function factsOf(row: FactsRow, producerState: ProducerState | null): SpanFacts {
  const reading = JSON.parse(row.reading) as SpanReading;
  const errorType = reading.errorType ?? null;
  const isRunning = row.end_us === null;
  return {
    spanId: row.span_id,
    parentId: row.parent,
    name: row.name,
    type: row.type as SpanType,
    status: row.status as SpanStatus,
    service: row.service_name === "" ? null : row.service_name,
    startMicros: row.start_us,
    endMicros: row.end_us,
    running: isRunning,
    hasProducer: row.producer !== "",
    producerState: isRunning ? producerState : null,
    interrupted: !isRunning && isInterrupted({ error: { type: errorType ?? "", message: "" } }),
    cut: reading.cut === true,
    model: row.model === "" ? null : row.model,
    inputTokens: row.input_tokens ?? 0,
    outputTokens: row.output_tokens ?? 0,
    costUsd: row.cost_usd,
    errorType,
    reading,
  };
}

export interface RowReader {
  readonly contents: NamedContents;
  readonly payloadLimitBytes: number;
  readonly stateOf: (producerId: string) => ProducerState;
}

/** The span as JSON text of a `StoredSpan`: stored texts are joined to it as they are. */
export function spanJson(row: SpanRow, { contents, payloadLimitBytes, stateOf }: RowReader): string {
  const isEnded = row.end_us !== null;
  const fields: (string | false)[] = [
    `"phase":"${isEnded ? "ended" : "started"}","revision":${row.revision}`,
    `"traceId":${JSON.stringify(row.trace_id)},"id":${JSON.stringify(row.span_id)}`,
    row.parent !== null && `"parentId":${JSON.stringify(row.parent)}`,
    row.task !== null && `"taskId":${JSON.stringify(row.task)}`,
    `"name":${JSON.stringify(row.name)},"type":${JSON.stringify(row.type)}`,
    `"startTime":"${formatTimestamp(row.start_us)}"`,
    isEnded && `"endTime":"${formatTimestamp(row.end_us)}"`,
    `"status":${JSON.stringify(row.status)}`,
    payloadField("error", row.error, contents, Number.POSITIVE_INFINITY),
    row.service !== null && `"service":${row.service}`,
    row.obs !== null && `"obs":${row.obs}`,
    ...(["input", "output", "data"] as const).map((field) =>
      payloadField(field, row[field], contents, payloadLimitBytes),
    ),
    isEnded && `"durationMs":${Math.max(0, row.end_us - row.start_us) / 1000}`,
    row.model !== "" && `"model":${JSON.stringify(row.model)}`,
    row.input_tokens !== null && `"inputTokens":${row.input_tokens}`,
    row.output_tokens !== null && `"outputTokens":${row.output_tokens}`,
    row.cost_usd !== null && `"costUsd":${row.cost_usd}`,
    usageField(row),
    row.producer !== "" && `"producerId":${JSON.stringify(row.producer)}`,
    row.producer !== "" && !isEnded && `"producerState":"${stateOf(row.producer)}"`,
  ];
  return `{${fields.filter((field) => field !== false).join(",")}}`;
}

function payloadField(name: string, column: string | null, contents: NamedContents, limitBytes: number) {
  if (column === null) return false;
  const bytes = columnBytes(column);
  if (bytes > limitBytes) return `"${name}":{"omitted":true,"bytes":${bytes}}`;
  return `"${name}":${joinNamed(column, contents) ?? `{"omitted":true,"bytes":${bytes},"reason":"missing"}`}`;
}

function usageField({ reading, cost_usd }: FactsRow): string | false {
  const usage = spanUsageOf(JSON.parse(reading) as SpanReading, cost_usd !== null);
  return usage !== undefined && `"usage":${JSON.stringify(usage)}`;
}
