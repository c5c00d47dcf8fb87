/**
 * A trace's summary as a running tally: spans are added, and one that is replaced is taken out again, so that a write
 * costs its own spans and not the trace's. Pure values; the result does not depend on the order of the spans.
 *
 * Values are counted, so they can be taken out. Three things can't be followed span by span: an extreme that is taken
 * back (`isExtreme`), a set that overflowed, and what depends on the tree (which failure is a cause, which usage counts;
 * see `tree-facts.ts`). Then the trace is counted again from its spans: `recountDue` says when.
 */
import {
  countsTowardTrace,
  formatTimestamp,
  headOf,
  type ProducerState,
  type SpanStatus,
  type SpanType,
  type TraceSummary,
} from "@everspan/protocol";
import type { SpanKind } from "@everspan/reading";
import { add, clamp, withoutNoise } from "./bounded-sums.ts";
import { kindOfType } from "./span-kind.ts";
import type { TreeFacts } from "./tree-facts.ts";
import type { UsageNotes } from "./usage-notes.ts";

/** Different values of one field that a trace remembers. A sender's invention must not grow a summary. */
export const MAX_VALUES = 64;
/** Length of a value in a summary and in a facet; what is longer is cut. */
export const MAX_VALUE_CHARACTERS = 256;

/** Traces of so many spans are counted again whenever it is due; larger ones after a share of their size has changed. */
const SMALL_TRACE_SPANS = 256;
const LARGE_TRACE_SHARE = 8;

/** The fields whose values are counted, and filtered by. The order is that of the numbers on disk; only add to it. */
export const VALUE_FIELDS = [
  "service",
  "name",
  "type",
  "model",
  "tool",
  "errorType",
  "session",
  "user",
  "environment",
  "tag",
] as const;
export type ValueField = (typeof VALUE_FIELDS)[number];

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
  readonly hasProducer: boolean;
  /** What is known of its process, while it has not ended. */
  readonly producerState: ProducerState | null;
  /** Ended for a process that had died. */
  readonly interrupted: boolean;
  /** One of its payloads was cut by the SDK. */
  readonly cut: boolean;
  readonly model: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null: unknown. */
  readonly costUsd: number | null;
  readonly errorType: string | null;
  readonly reading: SpanReading;
}

/** What is read out of a span's payloads, beside its usage; absent is unknown. */
export interface SpanReading extends UsageNotes {
  /** Absent: what its type says, see `kindOfType`. */
  readonly kind?: SpanKind;
  readonly tool?: string;
  /** Of a root: the name that its sender gives the whole run. */
  readonly traceName?: string;
  readonly session?: string;
  readonly user?: string;
  readonly environment?: string;
  readonly tags?: readonly string[];
  readonly asked?: string;
  readonly answered?: string;
  readonly responseId?: string;
  readonly errorType?: string;
  readonly cut?: true;
}

/** The span that gives the trace its name: without a parent before with one, then the earliest, then the least id. */
interface Head {
  spanId: string;
  isRoot: boolean;
  startMicros: number;
  name: string;
  status: SpanStatus;
  service: string | null;
  asked?: string;
  answered?: string;
}

export interface TraceTally {
  head: Head | null;
  startMicros: number;
  endMicros: number | null;
  spanCount: number;
  failedCount: number;
  /** Spans that have not ended; among them those of stalled, of lost and of ended processes, and of no known process. */
  runningCount: number;
  stalledCount: number;
  lostCount: number;
  leftOpenCount: number;
  ownerlessCount: number;
  interruptedCount: number;
  cutCount: number;
  droppedRecords: number;
  /** Spans with usage, and its plain sums: of those that count toward the trace, and of those that wrap others. */
  usageSpans: number;
  /** Spans whose cost is known, also when it is 0. A tally of an older version counts none. */
  costSpans: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  wrappingInputTokens: number;
  wrappingOutputTokens: number;
  wrappingCostUsd: number;
  values: { [Field in ValueField]?: Record<string, number> };
  /** Fields of which a value was left out. */
  overflown: ValueField[];
  /** What depends on the tree, as it was when the trace was counted last. */
  tree: TreeFacts | null;
  /** Spans that changed since then. */
  changes: number;
  /** An extreme was taken back: the trace must be counted again. */
  isVague: boolean;
}

export function emptyTally(): TraceTally {
  return {
    head: null,
    startMicros: Number.MAX_SAFE_INTEGER,
    endMicros: null,
    spanCount: 0,
    failedCount: 0,
    runningCount: 0,
    stalledCount: 0,
    lostCount: 0,
    leftOpenCount: 0,
    ownerlessCount: 0,
    interruptedCount: 0,
    cutCount: 0,
    droppedRecords: 0,
    usageSpans: 0,
    costSpans: 0,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    wrappingInputTokens: 0,
    wrappingOutputTokens: 0,
    wrappingCostUsd: 0,
    values: {},
    overflown: [],
    tree: null,
    changes: 0,
    isVague: false,
  };
}

/** Only what differs from an empty tally: most of its fields are zero in most traces. */
export function tallyText(tally: TraceTally): string {
  const differing: Record<string, unknown> = {};
  for (const field in tally) {
    const value: unknown = tally[field as keyof TraceTally];
    if (value === EMPTY[field] || isEmptyObject(value)) continue;
    differing[field] = value;
  }
  return JSON.stringify(differing);
}

const EMPTY = emptyTally() as unknown as Readonly<Record<string, unknown>>;

/** No values, and no field that overflowed. */
function isEmptyObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  for (const _key in value) return false;
  return true;
}

/** Of a tally as it was stored, also by a version that counted less. */
export function parseTally(text: string): TraceTally {
  return { ...emptyTally(), ...(JSON.parse(text) as Partial<TraceTally>) };
}

export function addSpan(tally: TraceTally, span: SpanFacts): void {
  count(tally, span, 1);
  tally.startMicros = Math.min(tally.startMicros, span.startMicros);
  if (span.endMicros !== null) tally.endMicros = Math.max(tally.endMicros ?? span.endMicros, span.endMicros);
  if (tally.head === null || tally.head.spanId === span.spanId || isBefore(span, tally.head)) tally.head = asHead(span);
}

/** Undoes `addSpan`; `next` is the snapshot of the same span that will be added in its place. */
export function takeOutSpan(tally: TraceTally, span: SpanFacts, next: SpanFacts): void {
  count(tally, span, -1);
  tally.isVague ||= isExtreme(tally, span, next);
}

/** True when the trace must be counted again, and the time for it has come. */
export function recountDue(tally: TraceTally): boolean {
  if (!isStale(tally)) return false;
  return tally.spanCount <= SMALL_TRACE_SPANS || tally.changes * LARGE_TRACE_SHARE >= tally.spanCount;
}

/** True when a figure of the summary may be off until the trace is counted again. */
export function isStale(tally: TraceTally): boolean {
  const hasTree = tally.failedCount > 1 || tally.usageSpans > 1 || tally.tree !== null;
  return tally.isVague || (hasTree && tally.changes > 0);
}

export function summaryOf(traceId: string, tally: TraceTally, revision: number, pinned: boolean): TraceSummary {
  const { head, startMicros, endMicros } = tally;
  const only = (field: ValueField) => keysOf(tally, field)[0] ?? null;
  return {
    traceId,
    name: head?.name ?? "",
    service: head?.service ?? null,
    startTime: formatTimestamp(startMicros),
    endTime: endMicros === null ? null : formatTimestamp(endMicros),
    durationMs: endMicros === null ? null : Math.max(0, endMicros - startMicros) / 1000,
    spanCount: tally.spanCount,
    errorCount: tally.tree?.causes ?? tally.failedCount,
    failedSpanCount: tally.failedCount,
    status: head?.status ?? "OK",
    running: isRunning(tally),
    stalledCount: tally.stalledCount,
    lostCount: tally.lostCount,
    leftOpenCount: tally.leftOpenCount,
    interruptedCount: tally.interruptedCount,
    ...usageOf(tally),
    models: keysOf(tally, "model"),
    missingRoot: head !== null && !head.isRoot,
    droppedRecords: tally.droppedRecords,
    cutPayloadCount: tally.cutCount,
    asked: head?.asked ?? null,
    answered: head?.answered ?? null,
    session: only("session"),
    user: only("user"),
    environment: only("environment"),
    tags: keysOf(tally, "tag"),
    pinned,
    revision,
  };
}

/** A span of it has not ended, and its process is not known to be gone. */
export function isRunning(tally: TraceTally): boolean {
  return tally.runningCount > tally.lostCount + tally.leftOpenCount;
}

export function kindOf({ reading, type }: Pick<SpanFacts, "reading" | "type">): SpanKind {
  return reading.kind ?? kindOfType(type);
}

function usageOf(
  tally: TraceTally,
): Pick<TraceSummary, "inputTokens" | "outputTokens" | "costUsd" | "repeatedReports"> {
  const { tree } = tally;
  const costUsd = clamp(withoutNoise(tree?.costUsd ?? (withoutNoise(tally.costUsd) || tally.wrappingCostUsd)));
  return {
    inputTokens: clamp(tree?.inputTokens ?? (tally.inputTokens || tally.wrappingInputTokens)),
    outputTokens: clamp(tree?.outputTokens ?? (tally.outputTokens || tally.wrappingOutputTokens)),
    costUsd: costUsd > 0 || tally.costSpans > 0 ? costUsd : null,
    ...((tree?.repeatedReports ?? 0) > 0 && { repeatedReports: tree!.repeatedReports! }),
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
  tally.changes += 1;
  if (span.status === "ERROR") tally.failedCount += sign;
  if (span.interrupted) tally.interruptedCount += sign;
  if (span.cut) tally.cutCount += sign;
  if (span.running) {
    tally.runningCount += sign;
    if (!span.hasProducer) tally.ownerlessCount += sign;
    countOpen(tally, span.producerState, sign);
  }
  countUsage(tally, span, sign);
  countValues(tally, span, sign);
}

function countUsage(tally: TraceTally, span: SpanFacts, sign: 1 | -1): void {
  if (hasUsage(span)) tally.usageSpans += sign;
  if (span.costUsd !== null) tally.costSpans += sign;
  const costUsd = span.costUsd ?? 0;
  if (countsTowardTrace(span)) {
    tally.inputTokens = add(tally.inputTokens, sign * span.inputTokens);
    tally.outputTokens = add(tally.outputTokens, sign * span.outputTokens);
    tally.costUsd = add(tally.costUsd, sign * costUsd);
  } else {
    tally.wrappingInputTokens = add(tally.wrappingInputTokens, sign * span.inputTokens);
    tally.wrappingOutputTokens = add(tally.wrappingOutputTokens, sign * span.outputTokens);
    tally.wrappingCostUsd = add(tally.wrappingCostUsd, sign * costUsd);
  }
}

export function hasUsage(span: Pick<SpanFacts, "inputTokens" | "outputTokens" | "costUsd">): boolean {
  return span.inputTokens > 0 || span.outputTokens > 0 || (span.costUsd ?? 0) > 0;
}

function countValues(tally: TraceTally, span: SpanFacts, sign: 1 | -1): void {
  const { reading } = span;
  countValue(tally, "service", span.service, sign);
  countValue(tally, "name", span.name, sign);
  countValue(tally, "type", span.type, sign);
  countValue(tally, "model", span.model, sign);
  countValue(tally, "tool", reading.tool ?? (kindOf(span) === "tool" ? span.name : null), sign);
  countValue(tally, "errorType", span.errorType, sign);
  countValue(tally, "session", reading.session, sign);
  countValue(tally, "user", reading.user, sign);
  countValue(tally, "environment", reading.environment, sign);
  for (const tag of reading.tags ?? []) countValue(tally, "tag", tag, sign);
}

function countValue(tally: TraceTally, field: ValueField, value: string | null | undefined, sign: 1 | -1): void {
  if (value !== null && value !== undefined && value !== "") countOne(tally, field, cut(value), sign);
}

/**
 * Of more values than fit, the least are kept: so which ones does not depend on the order of arrival. A value that
 * leaves makes room for one that was left out, and only the spans know which.
 */
function countOne(tally: TraceTally, field: ValueField, value: string, sign: 1 | -1): void {
  tally.values[field] ??= Object.create(null) as Record<string, number>;
  const counts = tally.values[field];
  const standing = Object.hasOwn(counts, value) ? counts[value]! : 0;
  if (sign === -1) {
    if (standing > 1) counts[value] = standing - 1;
    else if (standing === 1) {
      delete counts[value];
      tally.isVague ||= tally.overflown.includes(field);
    }
    return;
  }
  if (standing > 0 || Object.keys(counts).length < MAX_VALUES) {
    counts[value] = standing + 1;
    return;
  }
  if (!tally.overflown.includes(field)) tally.overflown.push(field);
  const greatest = Object.keys(counts).sort().at(-1)!;
  if (value >= greatest) return;
  delete counts[greatest];
  counts[value] = 1;
}

/** Whether what stays behind in minimum, maximum and head is that of the span that is taken out. */
function isExtreme(tally: TraceTally, span: SpanFacts, next: SpanFacts): boolean {
  if (span.startMicros === tally.startMicros && next.startMicros > span.startMicros) return true;
  if (span.endMicros !== null && span.endMicros === tally.endMicros) {
    if (next.endMicros === null || next.endMicros < span.endMicros) return true;
  }
  return tally.head?.spanId === span.spanId && isBefore(span, asHead(next));
}

function asHead(span: SpanFacts): Head {
  const { spanId, startMicros, name, status, service, reading } = span;
  return {
    spanId,
    isRoot: span.parentId === null,
    startMicros,
    name: cut(reading.traceName ?? name),
    status,
    service: service === null ? null : cut(service),
    ...(reading.asked !== undefined && { asked: reading.asked }),
    ...(reading.answered !== undefined && { answered: reading.answered }),
  };
}

function isBefore(span: SpanFacts, head: Head): boolean {
  const isRoot = span.parentId === null;
  if (isRoot !== head.isRoot) return isRoot;
  return span.startMicros === head.startMicros ? span.spanId < head.spanId : span.startMicros < head.startMicros;
}

export function cut(text: string, characters = MAX_VALUE_CHARACTERS): string {
  return text.length <= characters ? text : `${headOf(text, characters - 1)}…`;
}

function keysOf(tally: TraceTally, field: ValueField): string[] {
  return Object.keys(tally.values[field] ?? {}).sort();
}
