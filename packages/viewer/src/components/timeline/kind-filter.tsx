/** The time line's legend: each kind with its share of the time; a press leaves it out. */
import { useMemo } from "react";
import { formatDuration } from "../../model/text/format.ts";
import { KIND_WORDS, SPAN_KINDS, type SpanKind, spanKind } from "../../model/trace/span-kind.ts";
import type { SpanTree } from "../../model/trace/span-tree.ts";
import styles from "./kind-filter.module.css";

interface KindFilterProps {
  readonly tree: SpanTree;
  readonly hidden: ReadonlySet<SpanKind>;
  readonly onChange: (hidden: ReadonlySet<SpanKind>) => void;
}

export function KindFilter({ tree, hidden, onChange }: KindFilterProps) {
  const sums = useMemo(() => timeByKind(tree), [tree]);
  const toggle = (kind: SpanKind) => {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    onChange(next);
  };
  return (
    <fieldset className={styles.legend}>
      <legend className="visually-hidden">Kinds of span</legend>
      {SPAN_KINDS.filter((kind) => sums.has(kind)).map((kind) => (
        <button
          key={kind}
          type="button"
          className={styles.kind}
          data-kind={kind}
          aria-pressed={!hidden.has(kind)}
          onClick={() => toggle(kind)}
          title={`${KIND_WORDS[kind]}: ${formatDuration(sums.get(kind)!)} of their own. Press to ${hidden.has(kind) ? "show" : "leave out"}`}
        >
          <span className={styles.swatch} />
          {KIND_WORDS[kind]} <span className="muted">{formatDuration(sums.get(kind)!)}</span>
        </button>
      ))}
    </fieldset>
  );
}

function timeByKind(tree: SpanTree): ReadonlyMap<SpanKind, number> {
  const sums = new Map<SpanKind, number>();
  for (const { span, selfMs } of tree.nodes) {
    const kind = spanKind(span.type);
    sums.set(kind, (sums.get(kind) ?? 0) + selfMs);
  }
  return sums;
}
