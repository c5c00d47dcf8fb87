// biome-ignore-all lint/a11y/useSemanticElements: rows are virtual and positioned; table elements can't be
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and a row is its active descendant
/**
 * The runs as one virtual grid: one stop for the Tab key, its active row the descendant that the keyboard and screen
 * readers follow. The next page is loaded when the end comes near.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, memo, type RefObject, useEffect, useMemo, useRef } from "react";
import type { RunSummary } from "../../api/run-summary.ts";
import { hitRows, type ListRow, listRows } from "../../model/runs/list-rows.ts";
import { readFilter } from "../../model/runs/run-filter.ts";
import { sharedStarts } from "../../model/runs/shared-start.ts";
import { type ListView, listAddress } from "../../state/address/list-address.ts";
import { navigate } from "../../state/address/location.ts";
import { traceAddress } from "../../state/address/trace-address.ts";
import { placeIn, setListPlace } from "../../state/browser/list-place.ts";
import { usePreferences } from "../../state/browser/preferences.ts";
import { useWidth } from "../../state/browser/use-width.ts";
import type { RunList as Runs } from "../../state/data/run-list.ts";
import type { LoadedRunList } from "../../state/data/use-run-list.ts";
import type { SearchHits } from "../../state/data/use-search-hits.ts";
import { type ColumnLayout, layoutOf, RUN_COLUMNS } from "./columns.tsx";
import { HitRow } from "./hit-row.tsx";
import { ListHead } from "./list-head.tsx";
import styles from "./run-list.module.css";

const ROW_HEIGHTS = { comfortable: 38, dense: 28 } as const;
/** Of a run with two lines. */
const TALL_HEIGHT = 56;
const HEAD_HEIGHT = 32;
const LOAD_MORE_WITHIN_ROWS = 15;

interface RunListProps {
  readonly runs: Runs;
  readonly loaded: LoadedRunList;
  readonly found: SearchHits;
  readonly view: ListView;
  /** The run or place that the keyboard is at, see `hitKey`. */
  readonly activeId: string | null;
  readonly ticked: ReadonlySet<string>;
  readonly gridRef: RefObject<HTMLDivElement | null>;
  readonly onSort: (sort: ListView["sort"]) => void;
  readonly onActive: (traceId: string) => void;
  readonly onTick: (traceId: string) => void;
}

export function RunList(props: RunListProps) {
  const { runs, view, activeId, gridRef, loaded, found } = props;
  const rows = useMemo(
    () => [...hitRows(found.hits, found.hasMore), ...listRows(runs.rows, view.sort)],
    [found.hits, found.hasMore, runs.rows, view.sort],
  );
  const { density, hiddenColumns } = usePreferences();
  const width = useWidth(gridRef);
  const layout = useMemo(() => layoutOf(RUN_COLUMNS, width, hiddenColumns), [width, hiddenColumns]);
  const rowHeight = ROW_HEIGHTS[density];
  const virtualizer = useRowsVirtualizer(rows, layout.isNarrow ? TALL_HEIGHT : rowHeight, rowHeight, props);
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const isNearEnd = runs.nextCursor !== null && lastShown >= rows.length - LOAD_MORE_WITHIN_ROWS;
  useEffect(() => {
    if (isNearEnd) loaded.loadMore();
  }, [isNearEnd, loaded]);
  const starts = useMemo(() => sharedStarts(runs.rows.flatMap(({ asked }) => asked || [])), [runs.rows]);
  const longestMs = useMemo(() => Math.max(0, ...runs.rows.map(({ durationMs }) => durationMs ?? 0)), [runs.rows]);
  return (
    <div
      ref={gridRef}
      className={styles.list}
      role="grid"
      aria-label="Runs"
      aria-rowcount={runs.nextCursor === null ? rows.length + 1 : -1}
      aria-activedescendant={activeId === null ? undefined : rowId(activeId)}
      tabIndex={0}
      onScroll={(event) => {
        const { scrollTop } = event.currentTarget;
        loaded.hold(scrollTop > 0);
        setListPlace({ address: listAddress(view), scrollTop, traceId: activeId });
      }}
    >
      <ListHead layout={layout} sort={view.sort} onSort={props.onSort} />
      <div className={styles.body} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => (
          <ListRowView
            key={item.key}
            row={rows[item.index]!}
            rowIndex={item.index}
            top={item.start - HEAD_HEIGHT}
            layout={layout}
            longestMs={longestMs}
            askedFrom={askedFromOf(rows[item.index]!, starts)}
            isActive={rows[item.index]!.kind !== "day" && rows[item.index]!.key === activeId}
            find={readFilter(view.q).text}
            isTicked={props.ticked.has(rows[item.index]!.key)}
            onActive={props.onActive}
            onTick={props.onTick}
          />
        ))}
      </div>
      {loaded.isLoadingMore && <div className={styles.more}>Loading more…</div>}
    </div>
  );
}

function useRowsVirtualizer(
  rows: readonly ListRow[],
  runHeight: number,
  rowHeight: number,
  { gridRef, view, activeId }: RunListProps,
) {
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => gridRef.current,
    estimateSize: (index) => (rows[index]?.kind === "run" ? runHeight : rowHeight),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    scrollMargin: HEAD_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
    initialOffset: placeIn(listAddress(view)).scrollTop,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows measure anew only when their height has changed
  useEffect(() => virtualizer.measure(), [runHeight, rowHeight]);
  const lastActive = useRef(activeId);
  useEffect(() => {
    if (activeId === lastActive.current) return;
    lastActive.current = activeId;
    const at = rows.findIndex(({ key }) => key === activeId);
    if (at >= 0) virtualizer.scrollToIndex(at, { align: "auto" });
  }, [activeId, rows, virtualizer]);
  return virtualizer;
}

function askedFromOf(row: ListRow, starts: ReadonlyMap<string, number>): number {
  return (row.kind === "run" && starts.get(row.run.asked ?? "")) || 0;
}

function rowId(key: string): string {
  return `run-${key.replaceAll(" ", "-")}`;
}

interface ListRowViewProps {
  readonly row: ListRow;
  readonly rowIndex: number;
  readonly top: number;
  readonly layout: ColumnLayout;
  readonly longestMs: number;
  readonly askedFrom: number;
  readonly isActive: boolean;
  readonly isTicked: boolean;
  /** The words that were looked for. */
  readonly find: string;
  readonly onActive: (key: string) => void;
  readonly onTick: (traceId: string) => void;
}

const ListRowView = memo(function ListRowView(props: ListRowViewProps) {
  const { row, rowIndex, top, layout } = props;
  const style = { transform: `translateY(${top}px)`, gridTemplateColumns: `20px ${layout.template}` };
  if (row.kind === "day") {
    return (
      <div className={`${styles.row} ${styles.day}`} role="row" aria-rowindex={rowIndex + 2} style={style}>
        <span role="gridcell" className={styles.dayWords}>
          {row.label}
        </span>
      </div>
    );
  }
  if (row.kind === "hit") {
    const { find, isActive, onActive } = props;
    const top = { transform: style.transform };
    return (
      <HitRow
        id={rowId(row.key)}
        rowIndex={rowIndex + 2}
        hit={row.hit}
        find={find}
        style={top}
        isActive={isActive}
        onActive={() => onActive(row.key)}
      />
    );
  }
  return <RunRow {...props} run={row.run} style={style} />;
});

function RunRow(props: ListRowViewProps & { readonly run: RunSummary; readonly style: React.CSSProperties }) {
  const { run, layout, isActive, isTicked, longestMs, askedFrom } = props;
  const href = traceAddress({ traceId: run.traceId });
  const open = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    props.onActive(run.traceId);
    navigate(href);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys belong to the grid, whose active descendant this is
    <div
      id={rowId(run.traceId)}
      className={layout.isNarrow ? `${styles.row} ${styles.tall}` : styles.row}
      role="row"
      aria-rowindex={props.rowIndex + 2}
      aria-selected={isActive}
      data-testid="trace-row"
      data-trace-id={run.traceId}
      style={props.style}
      onClick={open}
    >
      <span role="gridcell">
        <input
          type="checkbox"
          className={styles.tick}
          checked={isTicked}
          tabIndex={-1}
          aria-label="Tick for comparing"
          onClick={(event) => event.stopPropagation()}
          onChange={() => props.onTick(run.traceId)}
        />
      </span>
      {layout.columns.map(({ key, isNumber, cell }) => (
        <span key={key} role="gridcell" className={isNumber ? styles.number : styles.cell} data-column={key}>
          {cell(run, { longestMs, href, askedFrom })}
        </span>
      ))}
    </div>
  );
}
