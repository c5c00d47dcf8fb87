/** This span's duration among those of the same name: is it slow, or are they all? */
import { useMemo } from "react";
import { formatDuration, formatExactCount } from "../../model/text/format.ts";
import { durationOf } from "../../model/trace/span-groups.ts";
import { spanKind } from "../../model/trace/span-kind.ts";
import type { SpanNode, SpanTree } from "../../model/trace/span-tree.ts";
import styles from "./inspector.module.css";

const MAX_DOTS = 400;
const MIN_SIBLINGS = 3;

interface SiblingsProps {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly onSelect: (nodeIndex: number) => void;
}

export function Siblings({ tree, node, onSelect }: SiblingsProps) {
  const alike = useMemo(
    () => tree.nodes.filter(({ span }) => span.name === node.span.name && span.type === node.span.type),
    [tree, node.span.name, node.span.type],
  );
  if (alike.length < MIN_SIBLINGS) return null;
  const longest = Math.max(
    ...alike.slice(0, MAX_DOTS).map((other) => durationOf(other, tree)),
    durationOf(node, tree),
    1e-3,
  );
  const slower = alike.filter((other) => durationOf(other, tree) > durationOf(node, tree)).length;
  const told = `slower than ${alike.length - 1 - slower} of the other ${formatExactCount(alike.length - 1)} of this name`;
  const words = `${formatDuration(durationOf(node, tree))}: ${told}, the longest ${formatDuration(longest)}`;
  return (
    <div className={styles.siblings}>
      <svg
        className={styles.dots}
        viewBox="0 0 400 22"
        preserveAspectRatio="none"
        role="img"
        aria-label={words}
        data-kind={spanKind(node.span.type)}
      >
        <title>{words}</title>
        {[...alike.slice(0, MAX_DOTS).filter((other) => other !== node), node].map((other) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: keys go through the spans themselves
          <rect
            key={other.index}
            className={styles.dot}
            data-this={other === node}
            x={(durationOf(other, tree) / longest) * 394}
            y={other === node ? 2 : 6}
            width={other === node ? 4 : 3}
            height={other === node ? 18 : 10}
            onClick={() => onSelect(other.index)}
          />
        ))}
      </svg>
      <p aria-hidden="true">
        <span>{told}</span>
        <span>{formatDuration(longest)}</span>
      </p>
    </div>
  );
}
