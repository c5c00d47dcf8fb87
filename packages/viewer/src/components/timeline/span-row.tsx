// biome-ignore-all lint/a11y/useSemanticElements: rows are virtual and positioned; table elements can't be
// biome-ignore-all lint/a11y/useFocusableInteractive: the treegrid has the focus and a row is its active descendant
import { type CSSProperties, type MouseEvent, memo } from "react";
import { spanPreview } from "../../model/said/span-preview.ts";
import { formatCost, formatCount, formatDuration, formatExactCount, plural } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { positionOn, type TimeAxis } from "../../model/timeline/time-axis.ts";
import { spanLiveness } from "../../model/trace/liveness.ts";
import { spanKind, spanTypeLabel } from "../../model/trace/span-kind.ts";
import type { SpanNode } from "../../model/trace/span-tree.ts";
import type { RunActions } from "../../state/run/use-run-actions.ts";
import { ChevronIcon, ErrorIcon, KindIcon, WarningIcon } from "../marks/icons.tsx";
import { LivenessMark } from "../marks/liveness-mark.tsx";

interface SpanRowProps {
  readonly node: SpanNode;
  readonly axis: TimeAxis;
  readonly rowIndex: number;
  readonly top: number;
  readonly isFolded: boolean;
  readonly isSelected: boolean;
  readonly isMatch: boolean;
  /** Spends a tenth or more of the trace's time itself, not in its children. */
  readonly isHot: boolean;
  /** The run's end waited for it. */
  readonly isCritical: boolean;
  readonly endMs: number;
  readonly actions: RunActions;
}

/** Deeper levels are drawn at this depth and say their own: a tree 5,000 levels deep must not run out of the page. */
const MAX_DRAWN_DEPTH = 12;

const MISPLACEMENTS = {
  orphan: "Its parent is not in this trace",
  cycle: "It is its own ancestor; shown as a root",
} as const;

export const SpanRow = memo(function SpanRow(props: SpanRowProps) {
  const { node, isFolded, isSelected } = props;
  const { span } = node;
  const liveness = spanLiveness(span);
  const toggle = (event: MouseEvent) => {
    event.stopPropagation();
    props.actions.fold(node.index);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys belong to the treegrid, whose active descendant this is
    <div
      id={`row-${node.index}`}
      className="span-row span-grid"
      role="row"
      aria-rowindex={props.rowIndex + 2}
      aria-level={node.depth + 1}
      aria-selected={isSelected}
      aria-expanded={node.childCount > 0 ? !isFolded : undefined}
      data-testid="span-row"
      data-span-id={span.id}
      data-kind={spanKind(span.type)}
      data-status={span.status}
      data-liveness={liveness ?? undefined}
      data-match={props.isMatch}
      style={{ transform: `translateY(${props.top}px)` }}
      onClick={() => props.actions.select(node.index)}
      onDoubleClick={props.actions.openInspector}
    >
      <NameCell node={node} isFolded={isFolded} onToggle={toggle} />
      <UsageCells node={node} />
      <span
        role="gridcell"
        className={props.isHot ? "number hot" : "number"}
        title={props.isHot ? "A tenth of the run's time or more is this span's own" : undefined}
      >
        {node.endMs === null
          ? liveness !== null && <LivenessMark liveness={liveness} />
          : formatDuration(node.endMs - node.startMs)}
      </span>
      <Bar {...props} />
    </div>
  );
});

interface NameCellProps {
  readonly node: SpanNode;
  readonly isFolded: boolean;
  readonly onToggle: (event: MouseEvent) => void;
}

function NameCell({ node, isFolded, onToggle }: NameCellProps) {
  const depth = { "--depth": Math.min(node.depth, MAX_DRAWN_DEPTH) } as CSSProperties;
  return (
    <span role="gridcell" className="span-name-cell" style={depth}>
      {node.childCount > 0 ? (
        <button
          type="button"
          className="disclosure"
          tabIndex={-1}
          onClick={onToggle}
          data-open={!isFolded}
          aria-label={isFolded ? "Unfold" : "Fold"}
        >
          <ChevronIcon />
        </button>
      ) : (
        <span className="disclosure" />
      )}
      <KindIcon kind={spanKind(node.span.type)} />
      <NameAndMarks node={node} isFolded={isFolded} />
    </span>
  );
}

function NameAndMarks({ node, isFolded }: { readonly node: SpanNode; readonly isFolded: boolean }) {
  const { span } = node;
  const preview = spanPreview(span);
  return (
    <>
      {node.depth > MAX_DRAWN_DEPTH && <span className="depth-chip">{node.depth}</span>}
      <bdi className="span-name" title={`${singleLine(span.name)}\n${spanTypeLabel(span.type)}`}>
        {singleLine(span.name) || "Unnamed"}
      </bdi>
      {spanLiveness(span) === "interrupted" && <LivenessMark liveness="interrupted" />}
      {isFolded && <span className="fold-chip">{formatCount(node.subtreeSize - 1)}</span>}
      {span.status === "ERROR" && (
        <span className="row-error" title={span.error ? singleLine(span.error.message) : "Error"}>
          <ErrorIcon />
          <span className="visually-hidden">Error</span>
        </span>
      )}
      {isFolded && node.errorsBelow > 0 && (
        <span className="row-error below" title={`${plural(node.errorsBelow, "error")} below`}>
          <ErrorIcon />
          {formatCount(node.errorsBelow)}
        </span>
      )}
      {node.misplacement !== null && (
        <span className="row-warning" title={MISPLACEMENTS[node.misplacement]}>
          <WarningIcon />
          <span className="visually-hidden">{MISPLACEMENTS[node.misplacement]}</span>
        </span>
      )}
      {preview !== "" && <bdi className="span-preview">{preview}</bdi>}
    </>
  );
}

function UsageCells({ node }: { readonly node: SpanNode }) {
  const { inputTokens, outputTokens, costUsd } = node.usage;
  const isSum = node.childCount > 0;
  const tokens = inputTokens + outputTokens;
  return (
    <>
      <span
        role="gridcell"
        className={isSum ? "number column-tokens sum" : "number column-tokens"}
        title={tokens > 0 ? `${formatExactCount(inputTokens)} in, ${formatExactCount(outputTokens)} out` : undefined}
      >
        {tokens > 0 && formatCount(tokens)}
      </span>
      <span role="gridcell" className={isSum ? "number column-cost sum" : "number column-cost"}>
        {costUsd > 0 && formatCost(costUsd)}
      </span>
    </>
  );
}

function Bar({ node, axis, endMs, isCritical, actions }: SpanRowProps) {
  const left = positionOn(axis, node.startMs);
  const right = positionOn(axis, endMs);
  const isOutside = node.startMs > axis.endMs || endMs < axis.startMs;
  const zoom = (event: MouseEvent) => {
    event.stopPropagation();
    actions.zoomToSpan(node.index);
  };
  return (
    <span role="gridcell" className="bar-cell" onDoubleClick={zoom}>
      {!isOutside && (
        <span
          className="bar"
          data-open={node.endMs === null}
          data-critical={isCritical}
          style={{ left: `min(${left * 100}%, 100% - 3px)`, width: `${(right - left) * 100}%` }}
        />
      )}
    </span>
  );
}
