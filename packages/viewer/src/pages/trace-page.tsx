/** One run: loads it and hands it to the view. */
import { useEffect } from "react";
import { ErrorState, StaleBanner } from "../components/frame/load-states.tsx";
import { PageHeader } from "../components/frame/page-header.tsx";
import { RunSkeleton } from "../components/run/run-skeleton.tsx";
import { RunView } from "../components/run/run-view.tsx";
import { singleLine } from "../model/text/hostile-text.ts";
import type { TraceView } from "../state/address/trace-address.ts";
import { useTrace } from "../state/data/use-trace.ts";

export default function TracePage({ view }: { readonly view: TraceView }) {
  const { value, error, loadedAtMs, retry } = useTrace(view.traceId);
  const name = value?.trace.name;
  useEffect(() => {
    document.title = `${name === undefined ? "Run" : singleLine(name, 80)} · Everspan`;
  }, [name]);
  if (value === undefined) {
    return (
      <main className="page">
        <PageHeader>
          <h1 className="page-title">Run</h1>
        </PageHeader>
        {error === undefined ? <RunSkeleton /> : <ErrorState error={error} onRetry={retry} />}
      </main>
    );
  }
  const banner =
    error === undefined || loadedAtMs === undefined ? null : (
      <StaleBanner error={error} loadedAtMs={loadedAtMs} onRetry={retry} />
    );
  return <RunView loaded={value} view={view} banner={banner} isStale={error !== undefined} />;
}
