/** A span as a row of the table `spans`, both ways. */
import {
  formatTimestamp,
  isInterrupted,
  type ProducerState,
  readTimestamp,
  type SpanSnapshot,
  type SpanStatus,
  type SpanType,
  snapshotRank,
} from "@everspan/protocol";
import type { Pricing } from "../../../cost/pricing.ts";
import { columnBytes, type PayloadSplitter } from "../../payload-blobs.ts";
import { boundedColumn, refuseLongTexts } from "../../span-bounds.ts";
import { type DerivedSpan, deriveSpan, spanUsageOf } from "../../span-reading.ts";
import { cut, type SpanFacts, type SpanReading } from "../../trace-tally.ts";
import { LOST, readBody, toBody } from "../payloads/body.ts";
import { readPayload } from "../payloads/frame-table.ts";
import { bytesToId, idToBytes } from "../schema/id-bytes.ts";
import { fromSqlText, toSqlText } from "../schema/sql-text.ts";
import type { Database, SqlValue, Statement } from "../schema/sqlite.ts";
import type { WordColumn, WordTable } from "../schema/word-table.ts";

export const SPAN_COLUMNS = [
  "trace",
  "start_us",
  "span",
  "changed",
  "revision",
  "duration_us",
  "parent",
  "task",
  "name",
  "type",
  "status",
  "model",
  "input_tokens",
  "output_tokens",
  "cost_usd",
  "service",
  "producer",
  "reading",
  "body",
] as const;

export interface SpanRow {
  trace: number;
  start_us: number;
  span: Uint8Array;
  /** The trace's revision by which it changed last. */
  changed: number;
  revision: number;
  /** Null while it has not ended. */
  duration_us: number | null;
  parent: Uint8Array | null;
  task: string | Uint8Array | null;
  name: WordColumn;
  type: WordColumn;
  status: number;
  model: WordColumn | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
  /** JSON of the snapshot's `service`, as a word. */
  service: WordColumn | null;
  /** The producer that delivered it first. */
  producer: number | null;
  /** JSON of `SpanReading`. */
  reading: string | null;
  /** Which body of the trace holds its payloads, see `payloads/body.ts`; null when it has none. */
  body: number | null;
}

/** A row as it is read: with what is known of its producer, null when it has none. */
export type SpanRowOfProducer = SpanRow & {
  readonly producer_id: string | null;
  readonly producer_state: ProducerState | null;
};

const STATUSES: readonly SpanStatus[] = ["OK", "ERROR", "CANCELED"];

export interface RowContext {
  readonly trace: number;
  readonly changed: number;
  readonly splitter: PayloadSplitter;
  readonly words: WordTable;
  readonly producer: number | null;
  readonly putBody: (text: string) => number;
  readonly pricing: Pricing;
}

/** Column by column: this runs for each span. @throws SpanRefusedError when a text or a payload goes beyond its bound */
export function toRow(snapshot: SpanSnapshot, context: RowContext): { row: SpanRow; reading: SpanReading } {
  const { words } = context;
  const { columns, isCut } = sentColumns(snapshot, context);
  const { usage, reading: read } = deriveSpan(snapshot, context.pricing);
  const reading = readingOfRow(read, snapshot, isCut);
  const row = {
    trace: context.trace,
    start_us: columns.start_us,
    span: columns.span,
    changed: context.changed,
    revision: columns.revision,
    duration_us: columns.duration_us,
    parent: columns.parent,
    task: columns.task,
    name: columns.name,
    type: columns.type,
    status: columns.status,
    model: usage.model === undefined ? null : words.toColumn(usage.model),
    input_tokens: usage.inputTokens ?? null,
    output_tokens: usage.outputTokens ?? null,
    cost_usd: usage.costUsd ?? null,
    service: columns.service,
    producer: context.producer,
    reading: readingColumn(reading),
    body: columns.body,
  };
  return { row, reading };
}

/** What the sender says. @throws SpanRefusedError */
export function sentColumns(
  snapshot: SpanSnapshot,
  { splitter, words, putBody }: Pick<RowContext, "splitter" | "words" | "putBody">,
): SentColumns {
  refuseLongTexts(snapshot);
  const startMicros = readTimestamp(snapshot.startTime)!;
  const endMicros = snapshot.endTime === undefined ? null : readTimestamp(snapshot.endTime)!;
  const input = payloadColumn(snapshot.id, splitter, snapshot.input);
  const output = payloadColumn(snapshot.id, splitter, snapshot.output);
  const data = payloadColumn(snapshot.id, splitter, snapshot.data);
  const error = snapshot.error === undefined ? null : splitter.toColumn(snapshot.error).column;
  const obs = snapshot.obs === undefined ? null : JSON.stringify(snapshot.obs);
  const columns = {
    start_us: startMicros,
    span: idToBytes(snapshot.id),
    revision: snapshot.revision,
    duration_us: endMicros === null ? null : endMicros - startMicros,
    parent: snapshot.parentId === undefined ? null : idToBytes(snapshot.parentId),
    task: snapshot.taskId === undefined ? null : toSqlText(snapshot.taskId),
    name: words.toColumn(snapshot.name),
    type: words.toColumn(snapshot.type),
    status: STATUSES.indexOf(snapshot.status),
    service: snapshot.service === undefined ? null : words.toColumn(JSON.stringify(snapshot.service)),
    body: toBody({ error, obs, input: input.column, output: output.column, data: data.column }, putBody),
  };
  return { columns, isCut: input.isCut || output.isCut || data.isCut };
}

const NO_PAYLOAD = { column: null, isCut: false };

function payloadColumn(spanId: string, splitter: PayloadSplitter, value: unknown) {
  return value === undefined ? NO_PAYLOAD : boundedColumn(spanId, splitter, value);
}

interface SentColumns {
  readonly columns: Omit<SpanRow, keyof DerivedRow | "trace" | "changed" | "producer">;
  /** The SDK has cut a payload. */
  readonly isCut: boolean;
}

export type DerivedRow = Pick<SpanRow, "model" | "input_tokens" | "output_tokens" | "cost_usd" | "reading">;

/** What a row has of its span beside what the sender says in fields. @param isCut whether the SDK cut a payload */
export function derivedColumns(
  snapshot: SpanSnapshot,
  { reading, usage }: DerivedSpan,
  isCut: boolean,
  words: WordTable,
): DerivedRow {
  return {
    model: usage.model === undefined ? null : words.toColumn(usage.model),
    input_tokens: usage.inputTokens ?? null,
    output_tokens: usage.outputTokens ?? null,
    cost_usd: usage.costUsd ?? null,
    reading: readingColumn(readingOfRow(reading, snapshot, isCut)),
  };
}

function readingOfRow(reading: SpanReading, { error }: SpanSnapshot, isCut: boolean): SpanReading {
  if (error === undefined && !isCut) return reading;
  return {
    ...reading,
    ...(error !== undefined && { errorType: cut(error.type) }),
    ...(isCut && { cut: true as const }),
  };
}

function readingColumn(reading: SpanReading): string | null {
  return isEmpty(reading) ? null : JSON.stringify(reading);
}

function isEmpty(reading: SpanReading): boolean {
  for (const _field in reading) return false;
  return true;
}

/** Columns that every row has a value in, and those that most rows have none in, as `optionalValues` gives them. */
const REQUIRED = ["trace", "start_us", "span", "changed", "revision", "name", "type", "status"] as const;
const OPTIONAL = [
  ...["duration_us", "parent", "task", "model", "input_tokens", "output_tokens", "cost_usd"],
  ...["service", "producer", "reading", "body"],
];

function optionalValues(row: SpanRow): readonly (SqlValue | Uint8Array)[] {
  const { duration_us: durationMicros, parent, task, model, input_tokens: input, output_tokens: output } = row;
  const { cost_usd: costUsd, service, producer, reading, body } = row;
  return [durationMicros, parent, task, model, input, output, costUsd, service, producer, reading, body];
}

/** What is written of a row: each value that is bound costs time. */
export class RowInsert {
  readonly #database: Database;
  /** By which of the optional columns have a value, as bits. */
  readonly #statements = new Map<number, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Inserts the row, or puts it in the place of the one with its key. */
  run(row: SpanRow): void {
    const { trace, start_us: startMicros, span, changed, revision, name, type, status } = row;
    const values: (SqlValue | Uint8Array)[] = [trace, startMicros, span, changed, revision, name, type, status];
    let bits = 0;
    const optional = optionalValues(row);
    for (let index = 0; index < optional.length; index++) {
      const value = optional[index]!;
      if (value === null) continue;
      values.push(value);
      bits |= 1 << index;
    }
    this.#statementOf(bits).get(...values);
  }

  #statementOf(bits: number): Statement {
    let statement = this.#statements.get(bits);
    if (statement === undefined) {
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
      const columns = [...REQUIRED, ...OPTIONAL.filter((_column, index) => (bits & (1 << index)) !== 0)];
      const marks = columns.map(() => "?").join(", ");
      statement = this.#database.prepare(`INSERT OR REPLACE INTO spans (${columns.join(", ")}) VALUES (${marks})`);
      this.#statements.set(bits, statement);
    }
    return statement;
  }
}

/** Senders decide which columns have a value. */
const MAX_STATEMENTS = 64;

export function rankOfRow(row: Pick<SpanRow, "revision" | "duration_us">): number {
  return snapshotRank({ phase: row.duration_us === null ? "started" : "ended", revision: row.revision });
}

/** What stands in a payload's place: it is too large for this answer, or lost to damage. */
function omitted(column: string, isMissing: boolean): string {
  return `{"omitted":true,"bytes":${columnBytes(column)}${isMissing ? ',"reason":"missing"' : ""}}`;
}

/** How rows become spans in one answer. */
export interface RowReader {
  readonly traceId: string;
  readonly words: WordTable;
  readonly blobOf: (number: number) => string;
  readonly bodyOf: (number: number) => string;
  /** Larger payloads are left out, see `OmittedPayload`. */
  readonly payloadLimitBytes: number;
}

/** The span as JSON text of a `StoredSpan`: stored texts are joined to it as they are. */
export function rowJson(row: SpanRowOfProducer, reader: RowReader): string {
  const { words } = reader;
  const isEnded = row.duration_us !== null;
  let json = `{"phase":"${isEnded ? "ended" : "started"}","revision":${row.revision},"traceId":${JSON.stringify(reader.traceId)},"id":${JSON.stringify(bytesToId(row.span))}`;
  if (row.parent !== null) json += `,"parentId":${JSON.stringify(bytesToId(row.parent))}`;
  if (row.task !== null) json += `,"taskId":${JSON.stringify(fromSqlText(row.task))}`;
  json += `,"name":${JSON.stringify(words.fromColumn(row.name))},"type":${JSON.stringify(words.fromColumn(row.type))},"startTime":"${formatTimestamp(row.start_us)}"`;
  if (isEnded) json += `,"endTime":"${formatTimestamp(row.start_us + row.duration_us!)}"`;
  json += `,"status":"${STATUSES[row.status] ?? "OK"}"`;
  const body = readBody(row.body, reader.bodyOf);
  json += payloadJson("error", body.error, reader, Number.POSITIVE_INFINITY);
  if (row.service !== null) json += `,"service":${words.fromColumn(row.service)}`;
  if (body.obs !== null && body.obs !== LOST) json += `,"obs":${body.obs}`;
  for (const field of ["input", "output", "data"] as const) {
    json += payloadJson(field, body[field], reader, reader.payloadLimitBytes);
  }
  if (isEnded) json += `,"durationMs":${Math.max(0, row.duration_us!) / 1000}`;
  if (row.model !== null) json += `,"model":${JSON.stringify(words.fromColumn(row.model))}`;
  if (row.input_tokens !== null) json += `,"inputTokens":${row.input_tokens}`;
  if (row.output_tokens !== null) json += `,"outputTokens":${row.output_tokens}`;
  if (row.cost_usd !== null) json += `,"costUsd":${row.cost_usd}`;
  json += usageJson(row);
  if (row.producer_id !== null) json += `,"producerId":${JSON.stringify(row.producer_id)}`;
  if (!isEnded && row.producer_state !== null) json += `,"producerState":"${row.producer_state}"`;
  return `${json}}`;
}

function payloadJson(name: string, column: string | null, { blobOf }: RowReader, limitBytes: number): string {
  if (column === null) return "";
  if (column === LOST) return `,"${name}":{"omitted":true,"bytes":0,"reason":"missing"}`;
  if (columnBytes(column) > limitBytes) return `,"${name}":${omitted(column, false)}`;
  return `,"${name}":${readPayload(column, blobOf) ?? omitted(column, true)}`;
}

/** Spans that count nothing and cost nothing have none. */
function usageJson({ reading, cost_usd }: SpanRow): string {
  if (reading === null && cost_usd === null) return "";
  const usage = spanUsageOf(reading === null ? {} : (JSON.parse(reading) as SpanReading), cost_usd !== null);
  return usage === undefined ? "" : `,"usage":${JSON.stringify(usage)}`;
}

/** What a row was made of that it has in another form. */
export interface MadeOf {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly reading: SpanReading;
}

/** @param madeOf where that is at hand; default: read from the row */
export function factsOf(
  row: SpanRow,
  words: WordTable,
  producerState: ProducerState | null,
  madeOf: MadeOf = readBack(row),
): SpanFacts {
  const service = row.service === null ? null : readService(words.fromColumn(row.service));
  const { id, parentId, reading } = madeOf;
  const errorType = reading.errorType ?? null;
  return {
    spanId: id,
    parentId: parentId ?? null,
    name: words.fromColumn(row.name),
    type: words.fromColumn(row.type) as SpanType,
    status: STATUSES[row.status] ?? "OK",
    service,
    startMicros: row.start_us,
    endMicros: row.duration_us === null ? null : row.start_us + row.duration_us,
    running: row.duration_us === null,
    hasProducer: row.producer !== null,
    producerState,
    interrupted:
      row.duration_us !== null && errorType !== null && isInterrupted({ error: { type: errorType, message: "" } }),
    cut: reading.cut === true,
    model: row.model === null ? null : words.fromColumn(row.model),
    inputTokens: row.input_tokens ?? 0,
    outputTokens: row.output_tokens ?? 0,
    costUsd: row.cost_usd,
    errorType,
    reading,
  };
}

function readBack({ span, parent, reading }: SpanRow): MadeOf {
  return {
    id: bytesToId(span),
    parentId: parent === null ? undefined : bytesToId(parent),
    reading: reading === null ? NO_READING : (JSON.parse(reading) as SpanReading),
  };
}

const NO_READING: SpanReading = {};

/** Few services tell many spans. */
const services = new Map<string, string | null>();

function readService(json: string): string | null {
  let name = services.get(json);
  if (name === undefined) {
    const service = JSON.parse(json) as SpanSnapshot["service"];
    name = service?.name ?? service?.agentName ?? null;
    if (services.size > 1000) services.clear();
    services.set(json, name);
  }
  return name;
}
