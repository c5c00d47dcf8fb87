/** The whole run as a strip: what kind of work when, failures as red ticks; a click goes there, a drag chooses a range. */
import { type PointerEvent, useDeferredValue, useMemo, useRef, useState } from "react";
import { minimapOf } from "../../model/timeline/minimap.ts";
import type { TimeRange } from "../../model/timeline/time-axis.ts";
import { buildSpanTree, type SpanTree } from "../../model/trace/span-tree.ts";
import { useWidth } from "../../state/browser/use-width.ts";
import styles from "./minimap.module.css";

interface MinimapProps {
  readonly tree: SpanTree;
  readonly endMs: number;
  readonly range: TimeRange | null;
  readonly selectedMs: number | undefined;
  readonly onRange: (range: TimeRange | null) => void;
  /** To what was going on at that time. */
  readonly onGo: (nodeIndex: number) => void;
}

const NOTHING = buildSpanTree([]);

/** A drag shorter than this is a click. */
const MIN_DRAG_PX = 4;

export function Minimap({ tree, endMs, range, selectedMs, onRange, onGo }: MinimapProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const width = useWidth(frame);
  const wholeMs = Math.max(1, endMs - tree.startMs);
  // The rows below are what the reader waits for.
  const drawn = useDeferredValue(tree, NOTHING);
  const map = useMemo(() => minimapOf(drawn, endMs, Math.max(100, width)), [drawn, endMs, width]);
  const shareAt = (event: PointerEvent) => {
    const box = frame.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const endDrag = () => {
    if (drag === null) return;
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    setDrag(null);
    if ((to - from) * width >= MIN_DRAG_PX) onRange({ fromMs: from * wholeMs, toMs: to * wholeMs });
    else if (map.nodeAt(from) !== undefined) onGo(map.nodeAt(from)!);
  };
  const shown = drag === null ? range : { fromMs: drag.from * wholeMs, toMs: drag.to * wholeMs };
  return (
    <div
      ref={frame}
      className={styles.map}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: shareAt(event), to: shareAt(event) });
      }}
      onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: shareAt(event) })}
      onPointerUp={endDrag}
      onPointerCancel={() => setDrag(null)}
      onDoubleClick={() => onRange(null)}
    >
      <svg
        aria-hidden="true"
        className={styles.drawing}
        viewBox={`0 0 ${map.width} ${map.height}`}
        preserveAspectRatio="none"
      >
        {map.paths.map(({ kind, path }) => (
          <path key={kind} d={path} data-kind={kind} className={styles.block} />
        ))}
        <path d={map.errors} className={styles.error} />
      </svg>
      {selectedMs !== undefined && (
        <span className={styles.selected} style={{ left: `${((selectedMs - tree.startMs) / wholeMs) * 100}%` }} />
      )}
      {shown !== null && <Range from={shown.fromMs / wholeMs} to={shown.toMs / wholeMs} />}
    </div>
  );
}

function Range({ from, to }: { readonly from: number; readonly to: number }) {
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  return <span className={styles.range} style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }} />;
}
