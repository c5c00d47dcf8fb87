/**
 * One trace, kept fresh. It arrives in pages, and what has arrived is shown while the rest is on its way; of a running
 * one only what changed is loaded, and what did not change keeps its identity, so that its rows are not drawn anew.
 */
import type { ProducerSummary, StoredSpan } from "@everspan/protocol";
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { getTracePage, type TracePage } from "../../api/collector-client.ts";
import { FIRST_SPANS } from "../../api/early-answer.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { mergeSpans, withProducerStates } from "../../model/trace/merge-spans.ts";
import { type SpanTree, spanTreeSteps } from "../../model/trace/span-tree.ts";
import { runInSlices } from "../../model/trace/steps.ts";
import { whenIdle } from "../browser/idle.ts";
import { useLive } from "./live.ts";
import { type ServerData, serverData, untilLoaded } from "./query-client.ts";
import { useRefresh } from "./use-refresh.ts";

const DRAWN_FACTOR = 4;

export interface LoadedTrace {
  readonly trace: RunSummary;
  readonly tree: SpanTree;
  readonly spans: readonly StoredSpan[];
  readonly producers: readonly ProducerSummary[];
  /** False while pages are on their way. */
  readonly isWhole: boolean;
  readonly revision: number | undefined;
}

export function traceKey(traceId: string): readonly string[] {
  return ["trace", traceId];
}

export function useTrace(traceId: string): ServerData<LoadedTrace> {
  const client = useQueryClient();
  const queryKey = traceKey(traceId);
  const query = useQuery<LoadedTrace>({
    queryKey,
    queryFn: ({ signal }) => loadTrace(client, traceId, signal),
    structuralSharing: false,
  });
  const refresh = useRefresh(queryKey);
  // After a gap of the stream a run that had ended may have changed too: a later span, a process heard again, a deletion.
  useLive((event) => {
    if (event.kind === "resync" || event.traceId === traceId) refresh();
  });
  return serverData(query);
}

/** Resolves when the first page of its spans is there for `useTrace`, or can't be had now. */
export function prefetchTrace(client: QueryClient, traceId: string): Promise<void> {
  return untilLoaded<LoadedTrace>(client, {
    queryKey: traceKey(traceId),
    queryFn: ({ signal }) => loadTrace(client, traceId, signal),
    structuralSharing: false,
  });
}

/** All pages of a trace, or of what changed since it was loaded last. */
export async function loadTrace(client: QueryClient, traceId: string, signal: AbortSignal): Promise<LoadedTrace> {
  let before = client.getQueryData<LoadedTrace>(traceKey(traceId));
  let since = before?.isWhole === true ? before.revision : undefined;
  let page = await getTracePage(traceId, since === undefined ? { limit: FIRST_SPANS } : { since }, signal);
  if (since !== undefined && !isSequel(page, before!.spans, since)) {
    before = undefined;
    since = undefined;
    page = await getTracePage(traceId, { limit: FIRST_SPANS }, signal);
  }
  if (before !== undefined && isNothingNew(before, page)) return before;
  // A span of an early page may change while later pages are read, so what was read is as old as the first page.
  const { revision } = page.trace;
  let spans = mergeSpans(before?.spans, page.spans, since !== undefined);
  // Later pages cost more to add the more there is: the tree is built anew each time the spans are several times as many.
  let nextDrawn = spans.length;
  while (page.nextCursor) {
    if (before === undefined && spans.length >= nextDrawn) {
      client.setQueryData(traceKey(traceId), await built({ page, revision, isWhole: false }, spans, before, signal));
      nextDrawn = spans.length * DRAWN_FACTOR;
      // What is there is drawn, and answers to its reader, before more is added to it.
      await whenIdle();
    }
    page = await getTracePage(traceId, { cursor: page.nextCursor, ...(since === undefined ? {} : { since }) }, signal);
    spans = mergeSpans(spans, page.spans, true);
  }
  return built({ page, revision, isWhole: true }, spans, before, signal);
}

/**
 * Whether a patch is of the trace that was loaded. It is not when the collector has another store, or has deleted the
 * trace and received it anew: then it counts revisions from the beginning, or has fewer spans than are here.
 */
function isSequel({ trace, spans, nextCursor }: TracePage, before: readonly StoredSpan[], since: number): boolean {
  if ((trace.revision ?? since) < since) return false;
  return nextCursor !== null || mergeSpans(before, spans, true).length <= trace.spanCount;
}

/** A patch without anything in it: the page is not drawn anew for it. */
function isNothingNew(before: LoadedTrace, { trace, spans, producers, nextCursor }: TracePage): boolean {
  const isEmpty = before.isWhole && spans.length === 0 && !nextCursor;
  const facts = (of: Pick<TracePage, "trace" | "producers">) => JSON.stringify([of.trace, of.producers ?? []]);
  return isEmpty && facts(before) === facts({ trace, producers });
}

interface Read {
  readonly page: TracePage;
  readonly revision: number | undefined;
  readonly isWhole: boolean;
}

async function built(
  { page: { trace, producers }, revision, isWhole }: Read,
  merged: readonly StoredSpan[],
  before: LoadedTrace | undefined,
  signal: AbortSignal,
): Promise<LoadedTrace> {
  const spans = withProducerStates(merged, producers ?? []);
  const tree = await runInSlices(spanTreeSteps(spans, before?.tree), signal);
  return { trace, producers: producers ?? [], spans, tree, isWhole, revision };
}
