/** A loaded trace: header, toolbar, table and details, and the keys that move through them. */
import type { ProducerSummary, TraceSummary } from "@everspan/protocol";
import { type ReactNode, useCallback, useDeferredValue, useMemo, useRef } from "react";
import { TRACE_SHORTCUTS } from "../../model/shortcuts.ts";
import type { SpanTree } from "../../model/span-tree.ts";
import { visibleRows } from "../../model/trace-rows.ts";
import { navigate } from "../../state/location.ts";
import { type TraceView as TraceViewState, traceAddress } from "../../state/trace-address.ts";
import { useMatches } from "../../state/use-matches.ts";
import { useTraceKeys } from "../../state/use-trace-keys.ts";
import { SpanDetail } from "../detail/span-detail.tsx";
import { ShortcutsDialog, useShortcutsDialog } from "../shortcuts-dialog.tsx";
import { useNowMs } from "../time-ago.tsx";
import { ProducerBanner } from "./producer-banner.tsx";
import { SplitPane } from "./split-pane.tsx";
import { TraceHeader } from "./trace-header.tsx";
import { TraceTable } from "./trace-table.tsx";
import { TraceToolbar } from "./trace-toolbar.tsx";

interface TraceViewProps {
  readonly trace: TraceSummary;
  readonly tree: SpanTree;
  readonly producers: readonly ProducerSummary[];
  readonly view: TraceViewState;
  readonly banner: ReactNode;
  readonly isStale: boolean;
}

export function TraceView({ trace, tree, producers, view, banner, isStale }: TraceViewProps) {
  const shortcuts = useShortcutsDialog();
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const detail = useRef<HTMLElement>(null);
  const rows = useMemo(() => visibleRows(tree, view.fold), [tree, view.fold]);
  const matches = useMatches(tree, view.find);
  const nowMs = useNowMs(tree.runningCount > 0 && !isStale ? 1000 : 0);
  const endMs = tree.runningCount > 0 && !isStale ? Math.max(tree.endMs, nowMs) : tree.endMs;

  const selectedIndex = view.spanId === null ? undefined : tree.indexById.get(view.spanId);
  const selected = selectedIndex === undefined ? undefined : tree.nodes[selectedIndex];
  const detailed = useDeferredValue(selected);
  const change = useCallback(
    (part: Partial<TraceViewState>) => navigate(traceAddress({ ...view, ...part }), true),
    [view],
  );
  const actions = useTraceKeys({ tree, rows, view, selected, matches, change, search, grid, detail });
  return (
    <div className="page trace-page">
      <TraceHeader trace={trace} tree={tree} onShowShortcuts={shortcuts.open} />
      {banner}
      <ProducerBanner producers={producers} tree={tree} />
      <TraceToolbar
        view={view}
        tree={tree}
        matches={matches}
        selected={selected}
        actions={actions}
        change={change}
        searchRef={search}
      />
      <SplitPane
        main={
          <TraceTable
            tree={tree}
            rows={rows}
            fold={view.fold}
            zoomId={view.zoomId}
            matches={matches}
            selectedIndex={selectedIndex}
            endMs={endMs}
            gridRef={grid}
            onSelect={actions.select}
            onFold={actions.fold}
            onZoom={actions.zoom}
            onOpen={actions.openDetail}
          />
        }
        side={
          selected === undefined ? null : (
            <SpanDetail
              tree={tree}
              node={tree.nodes[(detailed ?? selected).index] ?? selected}
              tab={view.tab}
              onTab={(tab) => change({ tab })}
              onSelect={actions.select}
              onClose={actions.close}
              paneRef={detail}
            />
          )
        }
      />
      {shortcuts.isOpen && <ShortcutsDialog groups={[TRACE_SHORTCUTS]} onClose={shortcuts.close} />}
    </div>
  );
}
