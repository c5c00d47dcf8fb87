import { formatExactCount } from "../../model/text/format.ts";
import type { LoadedTrace } from "../../state/data/use-trace.ts";

/** How much of a large run has arrived; what has can be read meanwhile. */
export function LoadingMore({ loaded: { isWhole, spans, trace } }: { readonly loaded: LoadedTrace }) {
  if (isWhole) return null;
  return (
    <div className="banner quiet" role="status">
      <progress max={trace.spanCount} value={spans.length} aria-label="Spans loaded" />
      {formatExactCount(spans.length)} of {formatExactCount(trace.spanCount)} spans loaded
    </div>
  );
}
