/** A trace's summary from its spans, as the collector keeps it. */
import { formatTimestamp, PREVIEW_CHARACTERS, type StoredSpan, type TraceSummary } from "@everspan/protocol";
import { plainText } from "@everspan/reading";
import { repliesOf, sentBy } from "../model/said/reading.ts";
import { type Liveness, spanLiveness } from "../model/trace/liveness.ts";
import { buildSpanTree } from "../model/trace/span-tree.ts";

export function summarize(traceId: string, spans: readonly StoredSpan[]): TraceSummary {
  const tree = buildSpanTree(spans);
  const states = spans.map(spanLiveness);
  const count = (wanted: Liveness) => states.filter((state) => state === wanted).length;
  const root = tree.nodes[0]?.span;
  const sum = (read: (span: StoredSpan) => number | undefined) =>
    spans.reduce((total, span) => total + (read(span) ?? 0), 0);
  return {
    traceId,
    name: root?.name ?? "",
    service: root?.service?.name ?? null,
    startTime: formatTimestamp(Math.round(tree.startMs * 1000)),
    endTime: states.some((state) => state !== null && state !== "interrupted")
      ? null
      : formatTimestamp(Math.round(tree.endMs * 1000)),
    durationMs: tree.endMs - tree.startMs,
    spanCount: spans.length,
    errorCount: tree.causeIndexes.length,
    failedSpanCount: tree.errorIndexes.length,
    status: root?.status ?? "OK",
    running: tree.runningCount > 0,
    stalledCount: count("stalled"),
    lostCount: count("lost"),
    leftOpenCount: count("left-open"),
    interruptedCount: count("interrupted"),
    inputTokens: sum((span) => span.inputTokens),
    outputTokens: sum((span) => span.outputTokens),
    costUsd: sum((span) => span.costUsd),
    models: [...new Set(spans.flatMap((span) => span.model ?? []))],
    missingRoot: spans.length > 0 && spans.every((span) => span.parentId !== undefined),
    droppedRecords: 0,
    cutPayloadCount: 0,
    asked: askedOf(spans),
    answered: answeredOf(spans),
    session: null,
    user: null,
    environment: null,
    tags: [],
    pinned: false,
    revision: 0,
  };
}

function askedOf(spans: readonly StoredSpan[]): string | null {
  const asked = spans.flatMap(sentBy).find(({ role }) => role === "user");
  return asked === undefined ? null : plainText(asked).slice(0, PREVIEW_CHARACTERS);
}

function answeredOf(spans: readonly StoredSpan[]): string | null {
  const cause = spans.find(({ status, error }) => status === "ERROR" && error !== undefined);
  if (spans[0]?.status === "ERROR" && cause?.error !== undefined) return `${cause.error.type}: ${cause.error.message}`;
  const answer = spans.findLast((span) => repliesOf(span).some((reply) => plainText(reply) !== ""));
  return answer === undefined ? null : plainText(repliesOf(answer)[0]!).slice(0, PREVIEW_CHARACTERS);
}
