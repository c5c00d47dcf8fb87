// biome-ignore-all lint/a11y/useSemanticElements: rows are virtual and positioned; table elements can't be
// biome-ignore-all lint/a11y/useFocusableInteractive: the treegrid has the focus and a row is its active descendant
/**
 * Tree and waterfall as one virtual table: only the rows in view exist. It is one stop for the Tab key; the selected
 * row is its active descendant, so the keyboard and screen readers follow the selection (WAI-ARIA treegrid).
 */
import { useVirtualizer, type VirtualItem, type Virtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type RefObject, useEffect, useMemo, useRef } from "react";
import { criticalPath } from "../../model/timeline/critical-path.ts";
import { type TimeAxis, type TimeRange, timeAxis } from "../../model/timeline/time-axis.ts";
import { rowOf, type TraceRows } from "../../model/timeline/trace-rows.ts";
import { panned, zoomed } from "../../model/timeline/zoom.ts";
import { type Fold, isFolded } from "../../model/trace/fold.ts";
import { mayStillEnd, spanLiveness } from "../../model/trace/liveness.ts";
import type { SpanTree } from "../../model/trace/span-tree.ts";
import { useWidth } from "../../state/browser/use-width.ts";
import type { RunActions } from "../../state/run/use-run-actions.ts";
import { SpanRow } from "./span-row.tsx";

const ROW_HEIGHT = 30;
const TICK_WIDTH = 84;
/** The axis' share of the table's width, as the style sheet lays it out. */
const AXIS_SHARE = 0.45;

interface TimelineProps {
  readonly tree: SpanTree;
  readonly rows: TraceRows;
  readonly fold: Fold;
  readonly range: TimeRange | null;
  readonly matches: readonly number[];
  readonly selectedIndex: number | undefined;
  readonly endMs: number;
  readonly mainRef: RefObject<HTMLDivElement | null>;
  readonly actions: RunActions;
}

export function Timeline(props: TimelineProps) {
  const { tree, rows, selectedIndex, mainRef } = props;
  const virtualizer = useVirtualizer({
    count: rows.count,
    getScrollElement: () => mainRef.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    // The sticky head stands above the first row and covers the row at the top.
    scrollMargin: ROW_HEIGHT,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const selectedRow = selectedIndex === undefined ? -1 : rowOf(rows, tree, selectedIndex);
  useScrollToSelected(virtualizer, selectedIndex, selectedRow);
  const axis = useAxis(props);
  useWheelZoom(props);
  return (
    <div
      ref={mainRef}
      className="trace-table"
      role="treegrid"
      aria-label="Spans"
      aria-rowcount={rows.count + 1}
      aria-activedescendant={selectedRow >= 0 ? `row-${rows.nodeIndexes[selectedRow]}` : undefined}
      tabIndex={0}
      style={tickStyle(axis)}
    >
      <TimelineHead axis={axis} />
      <div className="trace-table-body" role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
        <Rows {...props} axis={axis} items={virtualizer.getVirtualItems()} selectedRow={selectedRow} />
      </div>
    </div>
  );
}

function useScrollToSelected(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  selectedIndex: number | undefined,
  selectedRow: number,
): void {
  const lastSelected = useRef<number | undefined>(undefined);
  useEffect(() => {
    const isFirst = lastSelected.current === undefined;
    if (selectedIndex !== lastSelected.current && selectedRow >= 0) {
      virtualizer.scrollToIndex(selectedRow, { align: isFirst ? "center" : "auto" });
    }
    lastSelected.current = selectedIndex;
  }, [selectedIndex, selectedRow, virtualizer]);
}

function useAxis({ tree, range, endMs, mainRef }: TimelineProps): TimeAxis {
  const width = useWidth(mainRef);
  const maxTicks = Math.max(1, Math.floor((width * AXIS_SHARE) / TICK_WIDTH));
  return useMemo(() => {
    if (range === null) return timeAxis(tree.startMs, endMs, maxTicks);
    return timeAxis(tree.startMs + range.fromMs, tree.startMs + range.toMs, maxTicks, tree.startMs);
  }, [tree, range, endMs, maxTicks]);
}

/** ⌘ or Ctrl and the wheel (a pinch is the same) zoom to what is under the pointer; sideways pans. */
function useWheelZoom({ mainRef, range, tree, endMs, actions }: TimelineProps): void {
  const wholeMs = endMs - tree.startMs;
  useEffect(() => {
    const element = mainRef.current;
    const onWheel = (event: WheelEvent) => {
      const cell = element?.querySelector(".axis")?.getBoundingClientRect();
      if (cell === undefined) return;
      const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!event.ctrlKey && !event.metaKey && !(isSideways && range !== null)) return;
      event.preventDefault();
      const focus = Math.min(1, Math.max(0, (event.clientX - cell.left) / cell.width));
      if (isSideways) actions.zoomTo(panned(range, wholeMs, event.deltaX / cell.width));
      else actions.zoomTo(zoomed(range, wholeMs, Math.exp(event.deltaY / 300), focus));
    };
    // React's own listener is passive: it could not keep the page from zooming.
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [mainRef, range, wholeMs, actions]);
}

function tickStyle(axis: TimeAxis): CSSProperties {
  const [firstTick, secondTick] = axis.ticks;
  const tickStep = firstTick && secondTick ? secondTick.position - firstTick.position : 1;
  return {
    "--tick-step": `${tickStep * 100}%`,
    "--tick-offset": `${((firstTick?.position ?? 0) / (1 - tickStep || 1)) * 100}%`,
  } as CSSProperties;
}

function TimelineHead({ axis }: { readonly axis: TimeAxis }) {
  return (
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
  );
}

const NO_PATH: ReadonlySet<number> = new Set();

/** Where one span follows the other all of them are on the critical path, and marking it tells nothing. */
function tellingPath(tree: SpanTree): ReadonlySet<number> {
  const path = criticalPath(tree);
  return path.size === tree.nodes.length ? NO_PATH : path;
}

interface RowsProps extends TimelineProps {
  readonly axis: TimeAxis;
  readonly items: readonly VirtualItem[];
  readonly selectedRow: number;
}

function Rows({ tree, rows, fold, matches, endMs, actions, axis, items, selectedRow }: RowsProps) {
  const matching = useMemo(() => new Set(matches), [matches]);
  const critical = useMemo(() => tellingPath(tree), [tree]);
  const hotMs = (tree.endMs - tree.startMs) / 10;
  return items.map((item) => {
    const node = tree.nodes[rows.nodeIndexes[item.index]!]!;
    return (
      <SpanRow
        key={node.span.id}
        node={node}
        axis={axis}
        rowIndex={item.index}
        top={item.start - ROW_HEIGHT}
        isFolded={isFolded(fold, node)}
        isSelected={item.index === selectedRow}
        isMatch={matching.has(node.index)}
        isHot={node.selfMs >= hotMs && tree.nodes.length > 5}
        isCritical={critical.has(node.index)}
        endMs={node.endMs ?? (mayStillEnd(spanLiveness(node.span)) ? endMs : tree.endMs)}
        actions={actions}
      />
    );
  });
}
