/** What is neither a model call nor a tool of one: a retrieval, a check, a span of the program's own. */

import { spanPreview } from "../../model/said/span-preview.ts";
import { formatDuration, plural } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { spanLiveness } from "../../model/trace/liveness.ts";
import { durationOf } from "../../model/trace/span-groups.ts";
import { spanKind } from "../../model/trace/span-kind.ts";
import type { SpanNode, SpanTree } from "../../model/trace/span-tree.ts";
import { ErrorIcon, KindIcon } from "../marks/icons.tsx";
import { LivenessMark } from "../marks/liveness-mark.tsx";
import styles from "./story.module.css";

interface SpanLineProps {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly isSelected: boolean;
  readonly isMatch: boolean;
  readonly onSelect: (nodeIndex: number) => void;
}

export function SpanLine({ tree, node, isSelected, isMatch, onSelect }: SpanLineProps) {
  const { span } = node;
  const liveness = spanLiveness(span);
  return (
    <button
      type="button"
      className={styles.line}
      data-selected={isSelected}
      data-match={isMatch}
      data-testid="story-span"
      onClick={() => onSelect(node.index)}
    >
      <KindIcon kind={spanKind(span.type)} />
      <bdi className={styles.toolName}>{singleLine(span.name, 80) || "Unnamed"}</bdi>
      <bdi className={styles.toolAsked}>{spanPreview(span)}</bdi>
      {span.status === "ERROR" && (
        <span className={styles.failed}>
          <ErrorIcon />
          {span.error === undefined ? "Error" : singleLine(span.error.message, 120)}
        </span>
      )}
      <span className={styles.ending}>
        {node.subtreeSize > 1 && <span className="muted">{plural(node.subtreeSize - 1, "span")} inside</span>}
        {liveness !== null && liveness !== "running" && <LivenessMark liveness={liveness} />}
        {formatDuration(durationOf(node, tree))}
      </span>
    </button>
  );
}
