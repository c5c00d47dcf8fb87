// biome-ignore-all lint/a11y/useSemanticElements: rows are virtual and positioned; table elements can't be
// biome-ignore-all lint/a11y/useFocusableInteractive: the treegrid has the focus and a row is its active descendant
/**
 * Tree and waterfall as one virtual table: only the rows in view exist. It is one stop for the Tab key; the selected
 * row is its active descendant, so the keyboard and screen readers follow the selection (WAI-ARIA treegrid).
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type RefObject, useEffect, useMemo, useRef } from "react";
import { type Fold, isFolded } from "../../model/fold.ts";
import { mayStillEnd, spanLiveness } from "../../model/liveness.ts";
import type { SpanTree } from "../../model/span-tree.ts";
import { timeAxis } from "../../model/time-axis.ts";
import { rowOf, type TraceRows } from "../../model/trace-rows.ts";
import { useWidth } from "../../state/use-width.ts";
import { SpanRow } from "./span-row.tsx";

const ROW_HEIGHT = 30;
const TICK_WIDTH = 84;
/** The axis' share of the table's width, as the style sheet lays it out. */
const AXIS_SHARE = 0.36;

interface TraceTableProps {
  readonly tree: SpanTree;
  readonly rows: TraceRows;
  readonly fold: Fold;
  readonly zoomId: string | null;
  readonly matches: readonly number[];
  readonly selectedIndex: number | undefined;
  readonly endMs: number;
  readonly gridRef: RefObject<HTMLDivElement | null>;
  readonly onSelect: (nodeIndex: number) => void;
  readonly onFold: (nodeIndex: number) => void;
  readonly onZoom: (nodeIndex: number) => void;
  readonly onOpen: () => void;
}

export function TraceTable(props: TraceTableProps) {
  const { tree, rows, fold, zoomId, matches, selectedIndex, endMs, gridRef } = props;
  const virtualizer = useVirtualizer({
    count: rows.count,
    getScrollElement: () => gridRef.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    // The sticky head stands above the first row and covers the row at the top.
    scrollMargin: ROW_HEIGHT,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const selectedRow = selectedIndex === undefined ? -1 : rowOf(rows, tree, selectedIndex);
  const lastSelected = useRef<number | undefined>(undefined);
  useEffect(() => {
    const isFirst = lastSelected.current === undefined;
    if (selectedIndex !== lastSelected.current && selectedRow >= 0) {
      virtualizer.scrollToIndex(selectedRow, { align: isFirst ? "center" : "auto" });
    }
    lastSelected.current = selectedIndex;
  }, [selectedIndex, selectedRow, virtualizer]);

  const width = useWidth(gridRef);
  const maxTicks = Math.max(1, Math.floor((width * AXIS_SHARE) / TICK_WIDTH));
  const axis = useMemo(() => {
    const zoomed = zoomId === null ? undefined : tree.nodes[tree.indexById.get(zoomId) ?? -1];
    if (zoomed === undefined) return timeAxis(tree.startMs, endMs, maxTicks);
    return timeAxis(zoomed.startMs, zoomed.endMs ?? endMs, maxTicks, tree.startMs);
  }, [tree, zoomId, endMs, maxTicks]);
  const matching = useMemo(() => new Set(matches), [matches]);
  const hotMs = (tree.endMs - tree.startMs) / 10;

  const [firstTick, secondTick] = axis.ticks;
  const tickStep = firstTick && secondTick ? secondTick.position - firstTick.position : 1;
  const tickStyle = {
    "--tick-step": `${tickStep * 100}%`,
    "--tick-offset": `${((firstTick?.position ?? 0) / (1 - tickStep || 1)) * 100}%`,
  } as CSSProperties;
  return (
    <div
      ref={gridRef}
      className="trace-table"
      role="treegrid"
      aria-label="Spans"
      aria-rowcount={rows.count + 1}
      aria-activedescendant={selectedRow >= 0 ? `row-${selectedIndex}` : undefined}
      tabIndex={0}
      style={tickStyle}
    >
      <div className="trace-table-head span-grid" role="row" aria-rowindex={1}>
        <span role="columnheader">Span</span>
        <span role="columnheader" className="number column-tokens">
          Tokens
        </span>
        <span role="columnheader" className="number column-cost">
          Cost
        </span>
        <span role="columnheader" className="number">
          Duration
        </span>
        <span role="columnheader" className="axis" aria-label="Time">
          {axis.ticks.map((tick) => (
            <span
              key={tick.position}
              className="tick"
              data-edge={tick.position > 0.93}
              style={{ left: `${tick.position * 100}%` }}
            >
              {tick.label}
            </span>
          ))}
        </span>
      </div>
      <div className="trace-table-body" role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const node = tree.nodes[rows.nodeIndexes[item.index]!]!;
          return (
            <SpanRow
              key={node.index}
              node={node}
              axis={axis}
              rowIndex={item.index}
              top={item.start - ROW_HEIGHT}
              isFolded={isFolded(fold, node)}
              isSelected={item.index === selectedRow}
              isMatch={matching.has(node.index)}
              isHot={node.selfMs >= hotMs && tree.nodes.length > 5}
              endMs={node.endMs ?? (mayStillEnd(spanLiveness(node.span)) ? endMs : tree.endMs)}
              onSelect={props.onSelect}
              onFold={props.onFold}
              onZoom={props.onZoom}
              onOpen={props.onOpen}
            />
          );
        })}
      </div>
    </div>
  );
}
