/** A sub-agent: one line that opens into its own steps. */

import type { StoryRow } from "../../model/story/story.ts";
import { formatCost, formatDuration, plural } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { durationOf } from "../../model/trace/span-groups.ts";
import type { SpanTree } from "../../model/trace/span-tree.ts";
import { AgentIcon, ChevronIcon, ErrorIcon } from "../marks/icons.tsx";
import styles from "./story.module.css";

interface ChapterRowProps {
  readonly tree: SpanTree;
  readonly row: Extract<StoryRow, { kind: "agent" }>;
  readonly isSelected: boolean;
  readonly onSelect: (nodeIndex: number) => void;
  readonly onFold: (nodeIndex: number) => void;
}

export function ChapterRow({ tree, row, isSelected, onSelect, onFold }: ChapterRowProps) {
  const { node, stepCount, isFolded } = row;
  return (
    <div className={styles.chapter} data-selected={isSelected} data-testid="story-chapter">
      <button
        type="button"
        className="disclosure"
        data-open={!isFolded}
        aria-label={isFolded ? "Unfold" : "Fold"}
        aria-expanded={!isFolded}
        onClick={() => onFold(node.index)}
      >
        <ChevronIcon />
      </button>
      <button type="button" className={styles.chapterName} onClick={() => onSelect(node.index)}>
        <AgentIcon />
        <bdi>{singleLine(node.span.name, 120) || "Unnamed"}</bdi>
      </button>
      <span className="muted">
        {[
          plural(stepCount, "step"),
          formatDuration(durationOf(node, tree)),
          ...(node.usage.costUsd > 0 ? [formatCost(node.usage.costUsd)] : []),
        ].join(" · ")}
      </span>
      {(node.span.status === "ERROR" || node.errorsBelow > 0) && (
        <span className={styles.failed}>
          <ErrorIcon />
          {node.span.error === undefined ? "an error inside" : singleLine(node.span.error.message, 120)}
        </span>
      )}
    </div>
  );
}
