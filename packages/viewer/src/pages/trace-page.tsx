/** One trace: loads it, builds its tree, and hands both to the view. */
import type { ProducerSummary, TraceSummary } from "@everspan/protocol";
import { useEffect, useMemo } from "react";
import { getTrace } from "../api/collector-client.ts";
import { ErrorState, StaleBanner } from "../components/load-states.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { TraceSkeleton } from "../components/trace/trace-skeleton.tsx";
import { TraceView } from "../components/trace/trace-view.tsx";
import { singleLine } from "../model/hostile-text.ts";
import { type SpanTree, spanTreeSteps } from "../model/span-tree.ts";
import { runInSlices } from "../model/steps.ts";
import { useLive } from "../state/live.ts";
import type { TraceView as TraceViewState } from "../state/trace-address.ts";
import { serverResource, useServerData } from "../state/use-server-data.ts";

export function TracePage({ view }: { readonly view: TraceViewState }) {
  const { traceId } = view;
  const resource = useMemo(() => serverResource(`trace:${traceId}`, (signal) => loadTrace(traceId, signal)), [traceId]);
  const { value, error, loadedAtMs } = useServerData(resource);
  useLive((event) => {
    const mayHaveChanged =
      event.kind === "resync" ? value === undefined || isUnsettled(value.trace) || error : event.traceId === traceId;
    if (mayHaveChanged) resource.refresh();
  });
  const name = value?.trace.name;
  useEffect(() => {
    document.title = `${name === undefined ? "Trace" : singleLine(name, 80)} · Everspan`;
  }, [name]);

  if (value === undefined) {
    return (
      <div className="page">
        <PageHeader />
        {error === undefined ? <TraceSkeleton /> : <ErrorState error={error} onRetry={resource.retry} />}
      </div>
    );
  }
  const banner =
    error === undefined || loadedAtMs === undefined ? null : (
      <StaleBanner error={error} loadedAtMs={loadedAtMs} onRetry={resource.retry} />
    );
  return <TraceView {...value} view={view} banner={banner} isStale={error !== undefined} />;
}

interface LoadedTrace {
  readonly trace: TraceSummary;
  readonly tree: SpanTree;
  readonly producers: readonly ProducerSummary[];
}

/** A process that was taken for lost may be heard again. */
function isUnsettled({ running, lostCount }: TraceSummary): boolean {
  return running || lostCount > 0;
}

async function loadTrace(traceId: string, signal: AbortSignal): Promise<LoadedTrace> {
  const { trace, spans, producers } = await getTrace(traceId, signal);
  return { trace, producers, tree: await runInSlices(spanTreeSteps(spans), signal) };
}
