// biome-ignore-all lint/a11y/useSemanticElements: rows are virtual and positioned; table elements can't be
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are links; the rest of the table is not interactive
/** The rows of the list, virtualised; the next page is loaded when the end comes near. */
import type { TraceSummary } from "@everspan/protocol";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, useEffect, useRef } from "react";
import type { TraceSort, TraceSortKey } from "../../api/collector-client.ts";
import { formatCost, formatCount, formatDuration, formatExactCount, plural } from "../../model/format.ts";
import { singleLine } from "../../model/hostile-text.ts";
import { instantMs } from "../../model/instant.ts";
import { traceLiveness } from "../../model/liveness.ts";
import type { ListView } from "../../state/list-address.ts";
import { traceAddress } from "../../state/trace-address.ts";
import type { LoadedTraceList } from "../../state/use-trace-list.ts";
import { DownIcon, ErrorIcon, UpIcon } from "../icons.tsx";
import { Link } from "../link.tsx";
import { LivenessMark } from "../liveness-mark.tsx";
import { StatusMark } from "../status-mark.tsx";
import { TimeAgo } from "../time-ago.tsx";

const ROW_HEIGHT = 52;
const LOAD_MORE_WITHIN_ROWS = 15;

interface TraceListTableProps {
  readonly list: LoadedTraceList;
  readonly view: ListView;
  readonly onSort: (sort: TraceSort) => void;
}

export function TraceListTable({ list, view, onSort }: TraceListTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { traces } = list;
  const virtualizer = useVirtualizer({
    count: traces.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => traces[index]?.traceId ?? index,
    overscan: 8,
  });
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (list.hasMore && lastShown >= traces.length - LOAD_MORE_WITHIN_ROWS) list.loadMore();
  });
  return (
    <div className="trace-list" ref={scroller} role="table" aria-label="Traces" aria-rowcount={traces.length + 1}>
      <div className="trace-list-head trace-list-grid" role="row">
        <span role="columnheader">Name</span>
        <SortHeader label="Started" sortKey="startTime" view={view} onSort={onSort} />
        <SortHeader label="Duration" sortKey="durationMs" view={view} onSort={onSort} className="number" />
        <SortHeader label="Spans" sortKey="spanCount" view={view} onSort={onSort} className="number" />
        <SortHeader label="Errors" sortKey="errorCount" view={view} onSort={onSort} className="number" />
        <span role="columnheader" className="number column-tokens">
          Tokens in / out
        </span>
        <SortHeader label="Cost" sortKey="costUsd" view={view} onSort={onSort} className="number column-cost" />
        <span role="columnheader" className="column-models">
          Models
        </span>
      </div>
      <div
        className="trace-list-body"
        role="rowgroup"
        style={{ height: virtualizer.getTotalSize() }}
        onKeyDown={moveFocus}
      >
        {items.map((item) => (
          <TraceListRow key={item.key} trace={traces[item.index]!} rowIndex={item.index} top={item.start} />
        ))}
      </div>
      {list.isLoadingMore && <div className="list-more muted">Loading more…</div>}
    </div>
  );
}

interface SortHeaderProps {
  readonly label: string;
  readonly sortKey: TraceSortKey;
  readonly view: ListView;
  readonly onSort: (sort: TraceSort) => void;
  readonly className?: string;
}

/** First click: the greatest first, which is what one looks for; second click: the other way round. */
function SortHeader({ label, sortKey, view, onSort, className = "" }: SortHeaderProps) {
  const direction = view.sort === sortKey ? "ascending" : view.sort === `-${sortKey}` ? "descending" : "none";
  return (
    <span role="columnheader" aria-sort={direction} className={className}>
      <button
        type="button"
        className="sort-button"
        onClick={() => onSort(direction === "descending" ? sortKey : `-${sortKey}`)}
      >
        {label}
        {direction === "descending" ? <DownIcon /> : direction === "ascending" ? <UpIcon /> : null}
      </button>
    </span>
  );
}

interface TraceListRowProps {
  readonly trace: TraceSummary;
  readonly rowIndex: number;
  readonly top: number;
}

const TraceListRow = memo(function TraceListRow({ trace, rowIndex, top }: TraceListRowProps) {
  const liveness = traceLiveness(trace);
  const hasUsage = trace.inputTokens > 0 || trace.outputTokens > 0;
  return (
    <Link
      href={traceAddress({ traceId: trace.traceId })}
      className="trace-list-row trace-list-grid"
      role="row"
      aria-rowindex={rowIndex + 2}
      data-testid="trace-row"
      data-trace-id={trace.traceId}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="cell" className="trace-name-cell">
        <StatusMark status={trace.status} liveness={liveness} />
        <span className="two-lines">
          <bdi className="trace-name">{singleLine(trace.name) || "Unnamed trace"}</bdi>
          <span className="trace-sub">
            {liveness !== null && liveness !== "running" && <LivenessMark liveness={liveness} />}
            {trace.service && <bdi>{singleLine(trace.service, 80)}</bdi>}
            <bdi className="mono">{singleLine(trace.traceId, 80)}</bdi>
          </span>
        </span>
      </span>
      <span role="cell" className="column-started secondary">
        <TimeAgo atMs={instantMs(trace.startTime)} />
      </span>
      <span role="cell" className="number">
        {trace.durationMs === null ? <span className="muted">–</span> : formatDuration(trace.durationMs)}
      </span>
      <span role="cell" className="number column-spans">
        {formatExactCount(trace.spanCount)}
      </span>
      <span role="cell" className="number column-errors">
        {trace.errorCount > 0 ? (
          <span className="error-count" title={plural(trace.errorCount, "error")}>
            <ErrorIcon />
            {formatExactCount(trace.errorCount)}
          </span>
        ) : (
          <span className="muted">–</span>
        )}
      </span>
      <span
        role="cell"
        className="number column-tokens"
        title={`${formatExactCount(trace.inputTokens)} in, ${formatExactCount(trace.outputTokens)} out`}
      >
        {hasUsage ? (
          <>
            {formatCount(trace.inputTokens)} <span className="muted">/</span> {formatCount(trace.outputTokens)}
          </>
        ) : (
          <span className="muted">–</span>
        )}
      </span>
      <span role="cell" className="number column-cost" title={trace.costUsd > 0 ? `$${trace.costUsd}` : undefined}>
        {trace.costUsd > 0 ? formatCost(trace.costUsd) : <span className="muted">–</span>}
      </span>
      <span
        role="cell"
        className="column-models secondary"
        title={trace.models.map((model) => singleLine(model)).join(", ")}
      >
        {trace.models.slice(0, 2).map((model) => (
          <bdi key={model} className="chip">
            {singleLine(model.split("/").at(-1) ?? model, 60)}
          </bdi>
        ))}
        {trace.models.length > 2 && <span className="muted">+{trace.models.length - 2}</span>}
      </span>
    </Link>
  );
});

/** Arrow keys go from row to row; rows are links, so Enter opens them. */
function moveFocus(event: KeyboardEvent<HTMLDivElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-testid=trace-row]")];
  rows.sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex));
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  event.preventDefault();
}
