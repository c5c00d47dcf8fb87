/**
 * A trace's summary as a running account: spans are added, and one that is replaced is taken out again, so that a
 * write costs its own spans and not the trace's. Pure values; the result does not depend on the order of the spans.
 *
 * What can't be taken out of a minimum, a maximum or a set is told apart by `canTakeOut`; then the store counts the
 * trace's spans again from the beginning, which is rare: an end usually keeps its start's time, parent, type and model.
 */
import type { ProducerState, SpanStatus, SpanType, TraceSummary } from "@everspan/protocol";
import { countsTowardTrace, formatTimestamp } from "@everspan/protocol";

const MAX_NAMES = 64;

/** What the summary needs to know of one span. */
export interface SpanFacts {
  readonly spanId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: SpanType;
  readonly status: SpanStatus;
  readonly service: string | null;
  readonly startMicros: number;
  readonly endMicros: number | null;
  readonly running: boolean;
  /** What is known of its process, while it has not ended. */
  readonly producerState: ProducerState | null;
  /** Ended for a process that had died. */
  readonly interrupted: boolean;
  readonly model: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

interface Usage {
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
}

/** The span that gives the trace its name: without a parent before with one, then the earliest, then the least id. */
interface Head {
  spanId: string;
  isRoot: boolean;
  startMicros: number;
  name: string;
  status: SpanStatus;
  service: string | null;
}

export interface TraceTally {
  head: Head | null;
  startMicros: number;
  endMicros: number | null;
  spanCount: number;
  errorCount: number;
  /** Spans that have not ended; among them those of stalled, of lost and of ended processes. */
  runningCount: number;
  stalledCount: number;
  lostCount: number;
  leftOpenCount: number;
  interruptedCount: number;
  /** Usage of the spans that count toward the trace, and of those that wrap others and repeat their sums. */
  counted: Usage;
  wrapping: Usage;
  models: string[];
  types: string[];
}

export function emptyTally(): TraceTally {
  return {
    head: null,
    startMicros: Number.MAX_SAFE_INTEGER,
    endMicros: null,
    spanCount: 0,
    errorCount: 0,
    runningCount: 0,
    stalledCount: 0,
    lostCount: 0,
    leftOpenCount: 0,
    interruptedCount: 0,
    counted: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
    wrapping: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
    models: [],
    types: [],
  };
}

/** Of a tally as it was stored, also by a version that counted less. */
export function parseTally(text: string): TraceTally {
  return { ...emptyTally(), ...(JSON.parse(text) as Partial<TraceTally>) };
}

export function addSpan(tally: TraceTally, span: SpanFacts): void {
  count(tally, span, 1);
  tally.startMicros = Math.min(tally.startMicros, span.startMicros);
  if (span.endMicros !== null) tally.endMicros = Math.max(tally.endMicros ?? span.endMicros, span.endMicros);
  if (span.model !== null) insertSorted(tally.models, span.model);
  insertSorted(tally.types, span.type);
  const head = headOf(span);
  if (tally.head === null || tally.head.spanId === span.spanId || comesBefore(head, tally.head)) tally.head = head;
}

/** True when `next` in the place of `previous` leaves nothing behind in minimum, maximum, sets and head. */
export function canTakeOut(previous: SpanFacts, next: SpanFacts): boolean {
  return (
    previous.startMicros === next.startMicros &&
    previous.parentId === next.parentId &&
    previous.type === next.type &&
    (previous.model === null || previous.model === next.model) &&
    (previous.endMicros === null || previous.endMicros === next.endMicros)
  );
}

/** Undoes `addSpan` as far as `canTakeOut` allows; the next snapshot of the same span must be added at once. */
export function takeOutSpan(tally: TraceTally, span: SpanFacts): void {
  count(tally, span, -1);
}

export function summaryOf(traceId: string, tally: TraceTally): TraceSummary {
  const { head, startMicros, endMicros, counted, wrapping } = tally;
  return {
    traceId,
    name: head?.name ?? "",
    service: head?.service ?? null,
    startTime: formatTimestamp(startMicros),
    endTime: endMicros === null ? null : formatTimestamp(endMicros),
    durationMs: endMicros === null ? null : Math.max(0, endMicros - startMicros) / 1000,
    spanCount: tally.spanCount,
    errorCount: tally.errorCount,
    failedSpanCount: tally.errorCount,
    status: head?.status ?? "OK",
    running: tally.runningCount > tally.lostCount + tally.leftOpenCount,
    stalledCount: tally.stalledCount,
    lostCount: tally.lostCount,
    leftOpenCount: tally.leftOpenCount,
    interruptedCount: tally.interruptedCount,
    inputTokens: counted.inputTokens || wrapping.inputTokens,
    outputTokens: counted.outputTokens || wrapping.outputTokens,
    costUsd: withoutNoise(counted.costUsd) || withoutNoise(wrapping.costUsd),
    models: tally.models,
    missingRoot: head !== null && !head.isRoot,
    droppedRecords: 0,
    cutPayloadCount: 0,
    asked: null,
    answered: null,
    session: null,
    user: null,
    environment: null,
    tags: [],
    pinned: false,
    revision: 0,
  };
}

/** So many open spans of a producer in this state are there more, or fewer. */
export function countOpen(tally: TraceTally, state: ProducerState | null, spans: number): void {
  if (state === "stalled") tally.stalledCount += spans;
  if (state === "lost") tally.lostCount += spans;
  if (state === "ended") tally.leftOpenCount += spans;
}

function count(tally: TraceTally, span: SpanFacts, sign: 1 | -1): void {
  tally.spanCount += sign;
  if (span.status === "ERROR") tally.errorCount += sign;
  if (span.interrupted) tally.interruptedCount += sign;
  if (span.running) {
    tally.runningCount += sign;
    countOpen(tally, span.producerState, sign);
  }
  const usage = countsTowardTrace(span) ? tally.counted : tally.wrapping;
  usage.inputTokens += sign * span.inputTokens;
  usage.outputTokens += sign * span.outputTokens;
  usage.costUsd += sign * span.costUsd;
}

function headOf(span: SpanFacts): Head {
  const { spanId, startMicros, name, status, service } = span;
  return { spanId, isRoot: span.parentId === null, startMicros, name, status, service };
}

function comesBefore(a: Head, b: Head): boolean {
  if (a.isRoot !== b.isRoot) return a.isRoot;
  if (a.startMicros !== b.startMicros) return a.startMicros < b.startMicros;
  return a.spanId < b.spanId;
}

/** Keeps the least `MAX_NAMES`, whatever their order of arrival: a sender's invention must not grow a summary. */
function insertSorted(values: string[], value: string): void {
  if (values.includes(value)) return;
  values.push(value);
  values.sort();
  if (values.length > MAX_NAMES) values.pop();
}

/** Sums of doubles depend on their order in the last digits; a trillionth of a dollar does not. */
function withoutNoise(usd: number): number {
  return Math.round(usd * 1e12) / 1e12;
}
