/** A span as a row of the table `spans`, both ways. */
import {
  formatTimestamp,
  isInterrupted,
  type ProducerState,
  parseTimestamp,
  type SpanSnapshot,
  type SpanStatus,
  type SpanType,
  type StoredSpan,
  snapshotRank,
  tokenUsageOf,
} from "@everspan/protocol";
import { joinPayload, type PayloadSplitter } from "../payload-blobs.ts";
import type { SpanFacts } from "../trace-tally.ts";

/** `snapshotRank` of the first ended snapshot. */
const ENDED_RANK = snapshotRank({ phase: "ended", revision: 0 });

export const SPAN_COLUMNS = [
  "project",
  "trace_id",
  "span_id",
  "rank",
  "parent_id",
  "task_id",
  "name",
  "type",
  "status",
  "start_us",
  "end_us",
  "model",
  "input_tokens",
  "output_tokens",
  "cost_usd",
  "details",
  "input",
  "input_bytes",
  "output",
  "output_bytes",
  "data",
  "data_bytes",
  "producer_id",
] as const;

export interface SpanRow {
  project: string;
  trace_id: string;
  span_id: string;
  /** Phase and revision, see `snapshotRank`. */
  rank: number;
  parent_id: string | null;
  task_id: string | null;
  name: string;
  type: string;
  status: string;
  start_us: number;
  end_us: number | null;
  model: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
  /** JSON of `Details`, or null when it would be empty. */
  details: string | null;
  input: string | null;
  input_bytes: number | null;
  output: string | null;
  output_bytes: number | null;
  data: string | null;
  data_bytes: number | null;
  /** The producer that delivered it first. */
  producer_id: string | null;
}

/** A row as it is read: with what is known of its producer, null when it has none. */
export type SpanRowOfProducer = SpanRow & { readonly producer_state: ProducerState | null };

type Details = Pick<SpanSnapshot, "error" | "service" | "obs">;

/** Columns that the merge and the tally read of a span that is stored. */
export type SpanHeadRow = Omit<
  SpanRow,
  "project" | "input" | "input_bytes" | "output" | "output_bytes" | "data" | "data_bytes"
>;

export function toRow(
  project: string,
  snapshot: SpanSnapshot,
  splitter: PayloadSplitter,
  producerId: string | null,
): SpanRow {
  const usage = tokenUsageOf(snapshot);
  const input = split(snapshot.input, splitter);
  const output = split(snapshot.output, splitter);
  const data = split(snapshot.data, splitter);
  return {
    project,
    trace_id: snapshot.traceId,
    span_id: snapshot.id,
    rank: snapshotRank(snapshot),
    parent_id: snapshot.parentId ?? null,
    task_id: snapshot.taskId ?? null,
    name: snapshot.name,
    type: snapshot.type,
    status: snapshot.status,
    start_us: parseTimestamp(snapshot.startTime)!,
    end_us: snapshot.endTime === undefined ? null : parseTimestamp(snapshot.endTime)!,
    model: usage.model ?? null,
    input_tokens: usage.inputTokens ?? null,
    output_tokens: usage.outputTokens ?? null,
    cost_usd: usage.costUsd ?? null,
    details: detailsText(snapshot),
    input: input.text,
    input_bytes: input.bytes,
    output: output.text,
    output_bytes: output.bytes,
    data: data.text,
    data_bytes: data.bytes,
    producer_id: producerId,
  };
}

/** @param payloadLimitBytes larger payloads are left out, see `OmittedPayload` */
export function fromRow(
  row: SpanRowOfProducer,
  blobOf: (name: string) => string,
  payloadLimitBytes: number,
): StoredSpan {
  const join = (text: string, bytes: number | null): unknown =>
    bytes !== null && bytes > payloadLimitBytes ? { omitted: true, bytes } : JSON.parse(joinPayload(text, blobOf));
  const details: Details = row.details === null ? {} : (JSON.parse(row.details) as Details);
  return {
    phase: row.rank >= ENDED_RANK ? "ended" : "started",
    revision: row.rank >= ENDED_RANK ? row.rank - ENDED_RANK : row.rank,
    traceId: row.trace_id,
    id: row.span_id,
    ...(row.parent_id !== null && { parentId: row.parent_id }),
    ...(row.task_id !== null && { taskId: row.task_id }),
    name: row.name,
    type: row.type as SpanType,
    startTime: formatTimestamp(row.start_us),
    ...(row.end_us !== null && { endTime: formatTimestamp(row.end_us) }),
    status: row.status as SpanStatus,
    ...details,
    ...(row.input !== null && { input: join(row.input, row.input_bytes) }),
    ...(row.output !== null && { output: join(row.output, row.output_bytes) }),
    ...(row.data !== null && { data: join(row.data, row.data_bytes) as Record<string, unknown> }),
    ...(row.end_us !== null && { durationMs: Math.max(0, row.end_us - row.start_us) / 1000 }),
    ...(row.model !== null && { model: row.model }),
    ...(row.input_tokens !== null && { inputTokens: row.input_tokens }),
    ...(row.output_tokens !== null && { outputTokens: row.output_tokens }),
    ...(row.cost_usd !== null && { costUsd: row.cost_usd }),
    ...(row.producer_id !== null && { producerId: row.producer_id }),
    ...(row.end_us === null && row.producer_state !== null && { producerState: row.producer_state }),
  };
}

/** A stored span without what the collector derived: the snapshot that stands. */
export function toSnapshot(span: StoredSpan): SpanSnapshot {
  const { durationMs, model, inputTokens, outputTokens, costUsd, producerId, producerState, ...snapshot } = span;
  return snapshot;
}

export function factsOf(row: SpanHeadRow, producerState: ProducerState | null): SpanFacts {
  const details: Details = row.details === null ? {} : (JSON.parse(row.details) as Details);
  return {
    spanId: row.span_id,
    parentId: row.parent_id,
    name: row.name,
    type: row.type as SpanType,
    status: row.status as SpanStatus,
    service: details.service?.name ?? details.service?.agentName ?? null,
    startMicros: row.start_us,
    endMicros: row.end_us,
    running: row.rank < ENDED_RANK,
    producerState,
    interrupted: row.rank >= ENDED_RANK && isInterrupted(details),
    model: row.model,
    inputTokens: row.input_tokens ?? 0,
    outputTokens: row.output_tokens ?? 0,
    costUsd: row.cost_usd ?? 0,
  };
}

function split(payload: unknown, splitter: PayloadSplitter): { text: string | null; bytes: number | null } {
  return payload === undefined ? { text: null, bytes: null } : splitter.split(payload);
}

function detailsText({ error, service, obs }: SpanSnapshot): string | null {
  if (error === undefined && service === undefined && obs === undefined) return null;
  return JSON.stringify({ error, service, obs });
}
