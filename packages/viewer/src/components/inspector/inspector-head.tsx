import { readingOf } from "../../model/said/reading.ts";
import type { Story } from "../../model/story/story.ts";
import { formatCost, formatDuration, formatExactCount, formatInstant } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { LIVENESS_MEANINGS, spanLiveness } from "../../model/trace/liveness.ts";
import { durationOf } from "../../model/trace/span-groups.ts";
import { spanKind, spanTypeLabel } from "../../model/trace/span-kind.ts";
import type { SpanNode, SpanTree } from "../../model/trace/span-tree.ts";
import { usageParts } from "../../model/trace/usage-parts.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { Figure } from "../marks/figure.tsx";
import { CloseIcon, KindIcon, UpIcon, WarningIcon } from "../marks/icons.tsx";
import { StatusMark } from "../marks/status-mark.tsx";
import { Siblings } from "./siblings.tsx";

interface InspectorHeadProps {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly story: Story;
  readonly onSelect: (nodeIndex: number) => void;
  readonly onClose: () => void;
}

export function InspectorHead({ tree, node, story, onSelect, onClose }: InspectorHeadProps) {
  const { span } = node;
  const liveness = spanLiveness(span);
  return (
    <header className="detail-head">
      <Title tree={tree} node={node} story={story} onSelect={onSelect} onClose={onClose} />
      <div className="figures compact">
        <Figure label="Status">
          <StatusMark status={span.status} liveness={liveness} withLabel />
        </Figure>
        <Figure label="Type">{spanTypeLabel(span.type)}</Figure>
        <Figure label="Start" title={formatInstant(node.startMs)}>
          +{formatDuration(node.startMs - tree.startMs)}
        </Figure>
        <Figure label="Duration">{node.endMs === null ? "–" : formatDuration(durationOf(node, tree))}</Figure>
        {node.childCount > 0 && <Figure label="Own time">{formatDuration(node.selfMs)}</Figure>}
        <UsageFigures node={node} />
      </div>
      <Siblings tree={tree} node={node} onSelect={onSelect} />
      <Notes node={node} />
    </header>
  );
}

function Title({ tree, node, story, onSelect, onClose }: InspectorHeadProps) {
  const { span } = node;
  const parent = tree.nodes[node.parentIndex];
  const step = story.stepOfNode.get(node.index);
  return (
    <div className="detail-title">
      <KindIcon kind={spanKind(span.type)} />
      <h2>
        <bdi>{singleLine(span.name) || "Unnamed"}</bdi>
      </h2>
      {step !== undefined && <span className="chip">step {step}</span>}
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
        aria-label="Close the inspector"
      >
        <CloseIcon />
      </button>
    </div>
  );
}

function Notes({ node }: { readonly node: SpanNode }) {
  const liveness = spanLiveness(node.span);
  return (
    <>
      {liveness !== null && liveness !== "running" && (
        <p className="note" data-testid="liveness-note">
          <WarningIcon />
          {LIVENESS_MEANINGS[liveness]}.
        </p>
      )}
      {node.misplacement !== null && (
        <p className="note">
          <WarningIcon />
          {node.misplacement === "orphan" ? "Its parent is not in this run" : "It is its own ancestor; shown as a root"}
          : <bdi className="mono">{singleLine(node.span.parentId ?? "", 80)}</bdi>
        </p>
      )}
    </>
  );
}

function UsageFigures({ node }: { readonly node: SpanNode }) {
  const { costUsd } = node.usage;
  const { model } = node.span;
  const ttft = readingOf(node.span).call.timeToFirstTokenMs;
  return (
    <>
      {model !== undefined && model !== null && (
        <Figure label="Model" title={singleLine(model)}>
          <bdi>{singleLine(model, 60)}</bdi>
        </Figure>
      )}
      {usageParts(node).map(({ label, count, title }) => (
        <Figure key={label} label={label} title={title}>
          {formatExactCount(count)}
        </Figure>
      ))}
      {ttft !== undefined && <Figure label="First token">{formatDuration(ttft)}</Figure>}
      {costUsd > 0 && (
        <Figure label="Cost" title={`$${costUsd}`}>
          {formatCost(costUsd)}
        </Figure>
      )}
    </>
  );
}
