/**
 * Copies the traces of a project from one store into another. A trace is written again whenever the two differ, which
 * the merge rule makes harmless: so a copy that was broken off goes on where it was, and one that is repeated adds
 * nothing. What is copied is spans and pins; which process sent them is not, since it does not send there.
 */
import {
  parseJsonNumbers,
  type SpanSnapshot,
  type StoredSpan,
  snapshotOfStored,
  type TraceSummary,
} from "@everspan/protocol";
import type { SpanStore, TraceCursor, TraceReader } from "../store/trace-store.ts";

export interface CopyResult {
  /** Traces of the source, and those of them that were there already. */
  readonly traces: number;
  readonly skipped: number;
  /** Spans of the source. */
  readonly spans: number;
  /** Traces that have another number of spans in the target than in the source, by their ids. */
  readonly different: readonly string[];
}

export interface CopyOptions {
  readonly source: TraceReader;
  readonly target: SpanStore;
  readonly project: string;
  readonly onProgress?: (traces: number) => void;
}

const TRACES_AT_ONCE = 100;

export async function copyTraces({ source, target, project, onProgress }: CopyOptions): Promise<CopyResult> {
  let [traces, skipped, spans] = [0, 0, 0];
  const different: string[] = [];
  let cursor: TraceCursor | null | undefined;
  while (cursor !== null) {
    const query = { limit: TRACES_AT_ONCE, sort: "startTime" as const, ...(cursor !== undefined && { cursor }) };
    const page = await source.listTraces(project, query);
    for (const trace of page.traces) {
      const standing = await summaryIn(target, project, trace.traceId);
      const isThere = standing !== undefined && textOf(standing) === textOf(trace);
      if (isThere) skipped += 1;
      else await copyTrace(source, target, project, trace);
      const copied = isThere ? standing : await summaryIn(target, project, trace.traceId);
      if (copied?.spanCount !== trace.spanCount) different.push(trace.traceId);
      traces += 1;
      spans += trace.spanCount;
      onProgress?.(traces);
    }
    cursor = page.nextCursor;
  }
  return { traces, skipped, spans, different };
}

async function copyTrace(source: TraceReader, target: SpanStore, project: string, trace: TraceSummary): Promise<void> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const query = { payloadLimitBytes: Number.POSITIVE_INFINITY, ...(cursor !== undefined && { cursor }) };
    const page = await source.readTrace(project, trace.traceId, query);
    // It was deleted meanwhile.
    if (page === undefined) return;
    const snapshots: SpanSnapshot[] = (parseJsonNumbers(page.spansJson) as StoredSpan[]).map(snapshotOfStored);
    await target.write(project, snapshots);
    cursor = page.nextCursor;
  }
  if (trace.pinned) await target.pin(project, trace.traceId, true);
}

async function summaryIn(store: TraceReader, project: string, traceId: string): Promise<TraceSummary | undefined> {
  return (await store.readTrace(project, traceId, { payloadLimitBytes: 0, limit: 1 }))?.trace;
}

/** All that a summary says of its spans; a revision is its store's own. */
function textOf({ revision: _revision, ...summary }: TraceSummary): string {
  return JSON.stringify(Object.entries(summary).sort(([a], [b]) => (a < b ? -1 : 1)));
}
