import { formatCost, formatDuration, formatExactCount, formatInstant } from "../../model/format.ts";
import { singleLine } from "../../model/hostile-text.ts";
import { LIVENESS_MEANINGS, spanLiveness } from "../../model/liveness.ts";
import { spanKind, spanTypeLabel } from "../../model/span-kind.ts";
import type { SpanNode, SpanTree } from "../../model/span-tree.ts";
import { CopyButton } from "../copy-button.tsx";
import { Figure } from "../figure.tsx";
import { CloseIcon, KindIcon, UpIcon, WarningIcon } from "../icons.tsx";
import { StatusMark } from "../status-mark.tsx";

interface DetailHeaderProps {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly onSelect: (nodeIndex: number) => void;
  readonly onClose: () => void;
}

export function DetailHeader({ tree, node, onSelect, onClose }: DetailHeaderProps) {
  const { span } = node;
  const parent = tree.nodes[node.parentIndex];
  const liveness = spanLiveness(span);
  return (
    <header className="detail-head">
      <div className="detail-title">
        <KindIcon kind={spanKind(span.type)} />
        <h2>
          <bdi>{singleLine(span.name) || "Unnamed"}</bdi>
        </h2>
        {parent !== undefined && (
          <button
            type="button"
            className="button ghost small"
            onClick={() => onSelect(parent.index)}
            title={`Go to the parent: ${singleLine(parent.span.name, 80)}`}
            aria-label="Go to the parent"
          >
            <UpIcon />
          </button>
        )}
        <CopyButton text={() => span.id} what="span id" />
        <button
          type="button"
          className="button ghost small"
          onClick={onClose}
          title="Close (Esc)"
          aria-label="Close the details"
        >
          <CloseIcon />
        </button>
      </div>
      <div className="figures compact">
        <Figure label="Status">
          <StatusMark status={span.status} liveness={liveness} withLabel />
        </Figure>
        <Figure label="Type">{spanTypeLabel(span.type)}</Figure>
        <Figure label="Start" title={formatInstant(node.startMs)}>
          +{formatDuration(node.startMs - tree.startMs)}
        </Figure>
        <Figure label="Duration">{node.endMs === null ? "–" : formatDuration(node.endMs - node.startMs)}</Figure>
        {node.childCount > 0 && <Figure label="Own time">{formatDuration(node.selfMs)}</Figure>}
        <UsageFigures node={node} />
      </div>
      {liveness !== null && liveness !== "running" && (
        <p className="note" data-testid="liveness-note">
          <WarningIcon />
          {LIVENESS_MEANINGS[liveness]}.
        </p>
      )}
      {node.misplacement !== null && (
        <p className="note">
          <WarningIcon />
          {node.misplacement === "orphan"
            ? "Its parent is not in this trace"
            : "It is its own ancestor; shown as a root"}
          : <bdi className="mono">{singleLine(span.parentId ?? "", 80)}</bdi>
        </p>
      )}
    </header>
  );
}

function UsageFigures({ node }: { readonly node: SpanNode }) {
  const { inputTokens, outputTokens, costUsd } = node.usage;
  return (
    <>
      {node.span.model !== undefined && node.span.model !== null && (
        <Figure label="Model" title={singleLine(node.span.model)}>
          <bdi>{singleLine(node.span.model, 60)}</bdi>
        </Figure>
      )}
      {(inputTokens > 0 || outputTokens > 0) && (
        <Figure label="Tokens">
          {formatExactCount(inputTokens)} <span className="muted">in</span> {formatExactCount(outputTokens)}{" "}
          <span className="muted">out</span>
        </Figure>
      )}
      {costUsd > 0 && (
        <Figure label="Cost" title={`$${costUsd}`}>
          {formatCost(costUsd)}
        </Figure>
      )}
    </>
  );
}
