/** One step: what the model said, and the tools it asked for with what they answered. */
import { isOmittedPayload } from "@everspan/protocol";
import type { Message } from "@everspan/reading";
import { memo, useMemo } from "react";
import { isLost, omittedWords } from "../../model/losses/omitted.ts";
import { readingOf, repliesOf } from "../../model/said/reading.ts";
import { callsOf, joinTools } from "../../model/said/tool-join.ts";
import type { HistoryChange } from "../../model/story/history-change.ts";
import type { StoryRow } from "../../model/story/story.ts";
import { formatBytes, formatCost, formatCount, formatDuration, formatExactCount } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { mayStillEnd, spanLiveness } from "../../model/trace/liveness.ts";
import { durationOf } from "../../model/trace/span-groups.ts";
import type { SpanNode, SpanTree } from "../../model/trace/span-tree.ts";
import { bytesLeftOut, useSpan } from "../../state/data/use-span.ts";
import { ErrorIcon } from "../marks/icons.tsx";
import { LivenessMark } from "../marks/liveness-mark.tsx";
import { Beginning } from "./beginning.tsx";
import { HistoryNote } from "./history-note.tsx";
import { Said } from "./said.tsx";
import styles from "./story.module.css";
import { ToolRow } from "./tool-row.tsx";

/** A larger payload is no reading matter: it is loaded where it is looked at, in the inspector. */
const MAX_LOADED_BYTES = 2 * 1024 * 1024;

interface StepCardProps {
  readonly tree: SpanTree;
  readonly row: Extract<StoryRow, { kind: "step" }>;
  readonly selectedIndex: number | undefined;
  readonly matching: ReadonlySet<number>;
  /** The greatest input of any step, for the bar at the edge. */
  readonly mostTokens: number;
  /** The call before it in its conversation; undefined: it begins one, and what it was asked is shown above it. */
  readonly before: SpanNode | undefined;
  /** What changed since that call. */
  readonly change: HistoryChange | null;
  readonly onSelect: (nodeIndex: number) => void;
}

export const StepCard = memo(function StepCard(props: StepCardProps) {
  const { tree, row, selectedIndex, matching, mostTokens, before, change, onSelect } = props;
  const { node } = row;
  // What it was sent is shown where a conversation begins, and nowhere else: each call sends the whole of it again.
  const isWanted =
    (isOmittedPayload(node.span.output) || (before === undefined && isOmittedPayload(node.span.input))) &&
    bytesLeftOut(node.span) <= MAX_LOADED_BYTES;
  const loaded = useSpan(isWanted ? node.span : undefined);
  const span = loaded.span ?? node.span;
  const isLoading = isWanted && loaded.span === undefined;
  const replies = repliesOf(span);
  const uses = useMemo(() => joinTools(callsOf(replies), row.tools), [replies, row.tools]);
  const isSelected = node.index === selectedIndex;
  return (
    <article
      className={styles.step}
      data-testid="story-step"
      data-span-id={node.span.id}
      aria-label={`Step ${row.number}`}
    >
      {before === undefined && <Beginning span={span} isLoading={isLoading} />}
      {before !== undefined && change !== null && <HistoryNote change={change} before={before} now={node} />}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys move the selection */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a larger target for the pointer than the button in it */}
      <div
        className={styles.call}
        data-selected={isSelected}
        data-match={matching.has(node.index)}
        onClick={() => onSelect(node.index)}
      >
        <Context tokens={node.usage.inputTokens} most={mostTokens} />
        <StepHead tree={tree} row={row} onSelect={onSelect} />
        <Reply span={span} replies={replies} isLoading={isLoading} omittedBytes={loaded.omittedBytes} />
      </div>
      {uses.length > 0 && (
        <div className={styles.tools} data-parallel={overlap(row.tools)}>
          {uses.map((use, index) => (
            <ToolRow
              key={use.node?.span.id ?? `call ${index}`}
              tree={tree}
              use={use}
              isSelected={use.node !== null && use.node.index === selectedIndex}
              isMatch={use.node !== null && matching.has(use.node.index)}
              onSelect={onSelect}
            />
          ))}
        </div>
      )}
    </article>
  );
});

/** How much the model was sent, beside the most that any step was. */
function Context({ tokens, most }: { readonly tokens: number; readonly most: number }) {
  if (tokens === 0) return null;
  return (
    <span className={styles.context} title={`${formatExactCount(tokens)} tokens sent`}>
      <span style={{ height: `${Math.max(3, (tokens / most) * 100)}%` }} />
    </span>
  );
}

function StepHead({ tree, row, onSelect }: Pick<StepCardProps, "tree" | "row" | "onSelect">) {
  const { node, number } = row;
  const { inputTokens, outputTokens, costUsd } = node.usage;
  const cached = readingOf(node.span).usage?.cacheReadTokens ?? 0;
  const liveness = spanLiveness(node.span);
  return (
    <header className={styles.head}>
      <button
        type="button"
        className={styles.number}
        onClick={() => onSelect(node.index)}
        title={singleLine(node.span.name)}
      >
        {number}
      </button>
      <bdi className={styles.model}>{singleLine(node.span.model?.split("/").at(-1) ?? node.span.name, 60)}</bdi>
      <span>
        {node.endMs === null
          ? liveness && <LivenessMark liveness={liveness} />
          : formatDuration(durationOf(node, tree))}
      </span>
      {inputTokens + outputTokens > 0 && (
        <span title={`${formatExactCount(inputTokens)} tokens in, ${formatExactCount(outputTokens)} out`}>
          {formatCount(inputTokens)} → {formatCount(outputTokens)} tok
          {cached > 0 && <span className="muted"> ({formatCount(cached)} cached)</span>}
        </span>
      )}
      {costUsd > 0 && <span>{formatCost(costUsd)}</span>}
      {node.span.error !== undefined && (
        <span className={styles.failed}>
          <ErrorIcon />
          <bdi>{singleLine(`${node.span.error.type}: ${node.span.error.message}`, 200)}</bdi>
        </span>
      )}
    </header>
  );
}

interface ReplyProps {
  readonly span: SpanNode["span"];
  readonly replies: readonly Message[];
  readonly isLoading: boolean;
  readonly omittedBytes: number;
}

function Reply({ span, replies, isLoading, omittedBytes }: ReplyProps) {
  const { output } = readingOf(span);
  if (!isLoading && isOmittedPayload(span.output)) {
    if (isLost(span.output)) return <p className={styles.nothing}>Its answer: {omittedWords(span.output)}.</p>;
    return <p className={styles.nothing}>Its answer, {formatBytes(span.output.bytes)}, is shown in the inspector.</p>;
  }
  if (isLoading && replies.length === 0) return <p className={styles.nothing}>Loading {formatBytes(omittedBytes)}…</p>;
  if (output.kind === "none") {
    if (mayStillEnd(spanLiveness(span))) return <p className={styles.nothing}>Waiting for the reply…</p>;
    return span.error === undefined ? <p className={styles.nothing}>No reply was recorded.</p> : null;
  }
  if (output.kind === "unread" || replies.length === 0) {
    return <p className={styles.nothing}>Its answer is in a form that is shown in the inspector.</p>;
  }
  return <Said messages={replies} />;
}

/** Whether any two of them ran at the same time. */
function overlap(tools: readonly SpanNode[]): boolean {
  const sorted = [...tools].sort((a, b) => a.startMs - b.startMs);
  return sorted.some((tool, index) => {
    const next = sorted[index + 1];
    return next !== undefined && next.startMs < (tool.endMs ?? Number.POSITIVE_INFINITY) - 1e-3;
  });
}
