import type { TraceSummary } from "@everspan/protocol";
import {
  formatCost,
  formatCount,
  formatDuration,
  formatExactCount,
  formatInstant,
  plural,
} from "../../model/format.ts";
import { singleLine } from "../../model/hostile-text.ts";
import { instantMs } from "../../model/instant.ts";
import { traceLiveness } from "../../model/liveness.ts";
import type { SpanTree } from "../../model/span-tree.ts";
import { CopyButton } from "../copy-button.tsx";
import { Figure } from "../figure.tsx";
import { BackIcon, KeyboardIcon } from "../icons.tsx";
import { Link } from "../link.tsx";
import { LivenessMark } from "../liveness-mark.tsx";
import { PageHeader } from "../page-header.tsx";
import { StatusMark } from "../status-mark.tsx";
import { TimeAgo } from "../time-ago.tsx";

interface TraceHeaderProps {
  readonly trace: TraceSummary;
  readonly tree: SpanTree;
  readonly onShowShortcuts: () => void;
}

/** Who, when, and the sums of the run. */
export function TraceHeader({ trace, tree, onShowShortcuts }: TraceHeaderProps) {
  const name = singleLine(trace.name) || "Unnamed trace";
  const liveness = traceLiveness(trace);
  return (
    <>
      <PageHeader
        actions={
          <button
            type="button"
            className="button ghost"
            onClick={onShowShortcuts}
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
          >
            <KeyboardIcon />
          </button>
        }
      >
        <Link href="/" className="button ghost back" aria-label="All traces" title="All traces (Esc)">
          <BackIcon />
        </Link>
        <StatusMark status={trace.status} liveness={liveness} />
        <h1 className="page-title" title={name}>
          <bdi>{name}</bdi>
        </h1>
        <span className="trace-id">
          <bdi className="mono" title={singleLine(trace.traceId)}>
            {singleLine(trace.traceId, 64)}
          </bdi>
          <CopyButton text={() => trace.traceId} what="trace id" />
        </span>
      </PageHeader>
      <div className="figures">
        {trace.service && <Figure label="Service">{<bdi>{singleLine(trace.service, 60)}</bdi>}</Figure>}
        <Figure label="Started" title={formatInstant(instantMs(trace.startTime))}>
          <TimeAgo atMs={instantMs(trace.startTime)} />
        </Figure>
        <Figure label="Duration">
          {trace.running ? null : <>{formatDuration(trace.durationMs ?? Number.NaN)} </>}
          {liveness !== null && <LivenessMark liveness={liveness} />}
        </Figure>
        <Figure label="Spans">{formatExactCount(tree.nodes.length)}</Figure>
        <Figure
          label="Errors"
          isError={tree.errorIndexes.length > 0}
          title={plural(tree.errorIndexes.length, "failed span")}
        >
          {formatExactCount(tree.errorIndexes.length)}
        </Figure>
        {(trace.inputTokens > 0 || trace.outputTokens > 0) && (
          <Figure
            label="Tokens"
            title={`${formatExactCount(trace.inputTokens)} in, ${formatExactCount(trace.outputTokens)} out`}
          >
            {formatCount(trace.inputTokens)} <span className="muted">in</span> {formatCount(trace.outputTokens)}{" "}
            <span className="muted">out</span>
          </Figure>
        )}
        {trace.costUsd > 0 && (
          <Figure label="Cost" title={`$${trace.costUsd}`}>
            {formatCost(trace.costUsd)}
          </Figure>
        )}
        {trace.models.length > 0 && (
          <Figure
            label={trace.models.length === 1 ? "Model" : "Models"}
            title={trace.models.map((m) => singleLine(m)).join(", ")}
          >
            <bdi>
              {trace.models
                .slice(0, 3)
                .map((model) => singleLine(model, 60))
                .join(", ")}
            </bdi>
          </Figure>
        )}
      </div>
    </>
  );
}
