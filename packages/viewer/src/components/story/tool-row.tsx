/** A tool call and its result as one row: what was asked of which tool, how long it took, the first lines of its answer. */
import { isOmittedPayload } from "@everspan/protocol";
import { omittedWords } from "../../model/losses/omitted.ts";
import { argumentsLine } from "../../model/said/tool-io.ts";
import type { ToolUse } from "../../model/said/tool-join.ts";
import { resultLines } from "../../model/said/tool-result.ts";
import { formatDuration, plural } from "../../model/text/format.ts";
import { exposeHidden, singleLine } from "../../model/text/hostile-text.ts";
import { spanLiveness } from "../../model/trace/liveness.ts";
import { durationOf } from "../../model/trace/span-groups.ts";
import type { SpanNode, SpanTree } from "../../model/trace/span-tree.ts";
import { ErrorIcon, ToolIcon } from "../marks/icons.tsx";
import { LivenessMark } from "../marks/liveness-mark.tsx";
import { ReturnCode } from "../text/code-panel.tsx";
import styles from "./story.module.css";

interface ToolRowProps {
  readonly tree: SpanTree;
  readonly use: ToolUse;
  readonly isSelected: boolean;
  readonly isMatch: boolean;
  readonly onSelect: (nodeIndex: number) => void;
}

export function ToolRow({ tree, use, isSelected, isMatch, onSelect }: ToolRowProps) {
  const { call, node } = use;
  const name = call?.name ?? node?.span.name ?? "tool";
  const asked = call === null ? askedOf(node) : argumentsLine(call.arguments);
  const isFailed = node?.span.status === "ERROR";
  return (
    <button
      type="button"
      className={styles.tool}
      data-selected={isSelected}
      data-match={isMatch}
      data-failed={isFailed}
      data-testid="story-tool"
      disabled={node === null}
      onClick={() => node !== null && onSelect(node.index)}
    >
      <span className={styles.toolHead}>
        <ToolIcon />
        <bdi className={styles.toolName}>{singleLine(name, 60)}</bdi>
        <bdi className={styles.toolAsked}>{singleLine(asked.slice(0, 600), 300)}</bdi>
        {node !== null && <Ending node={node} tree={tree} />}
        {node === null && <span className="muted">no span of it was recorded</span>}
      </span>
      {node !== null && <Result node={node} />}
    </button>
  );
}

function askedOf(node: SpanNode | null): string {
  if (node === null) return "";
  const { input } = node.span;
  return isOmittedPayload(input) ? (input.preview ?? omittedWords(input)) : argumentsLine(input);
}

function Ending({ node, tree }: { readonly node: SpanNode; readonly tree: SpanTree }) {
  const liveness = spanLiveness(node.span);
  const { returnCode } = resultLines(node.span);
  return (
    <span className={styles.ending}>
      {returnCode !== undefined && <ReturnCode code={returnCode} />}
      {node.subtreeSize > 1 && <span className="muted">{plural(node.subtreeSize - 1, "span")} inside</span>}
      {node.endMs === null ? liveness && <LivenessMark liveness={liveness} /> : formatDuration(durationOf(node, tree))}
    </span>
  );
}

function Result({ node }: { readonly node: SpanNode }) {
  const { lines, hiddenLines, error } = resultLines(node.span);
  if (error === undefined && lines.length === 0) return null;
  return (
    <span className={styles.result}>
      {error !== undefined && (
        <span className={styles.failed}>
          <ErrorIcon />
          <bdi>{exposeHidden(error)}</bdi>
        </span>
      )}
      {lines.length > 0 && <span className={styles.lines}>{exposeHidden(lines.join("\n"))}</span>}
      {hiddenLines > 0 && <span className={styles.hiddenLines}>{plural(hiddenLines, "more line")}</span>}
    </span>
  );
}
