/** The list of traces: search, filter, sort, more on scroll, kept fresh by the live stream. */
import { useDeferredValue, useEffect, useRef } from "react";
import { KeyboardIcon } from "../components/icons.tsx";
import { EmptyState, NoMatchState } from "../components/list/empty-state.tsx";
import { ListToolbar } from "../components/list/list-toolbar.tsx";
import { TraceListSkeleton } from "../components/list/trace-list-skeleton.tsx";
import { TraceListTable } from "../components/list/trace-list-table.tsx";
import { ErrorState, StaleBanner } from "../components/load-states.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { ShortcutsDialog, useShortcutsDialog } from "../components/shortcuts-dialog.tsx";
import { LIST_SHORTCUTS } from "../model/shortcuts.ts";
import { isTyping } from "../state/keyboard.ts";
import { type ListView, listAddress } from "../state/list-address.ts";
import { navigate } from "../state/location.ts";
import { useTraceList } from "../state/use-trace-list.ts";

export function TracesPage({ view }: { readonly view: ListView }) {
  const search = useRef<HTMLInputElement>(null);
  const shortcuts = useShortcutsDialog();
  const settledView = useDeferredValue(view);
  const list = useTraceList(settledView);
  const setView = (change: Partial<ListView>) => navigate(listAddress({ ...view, ...change }), true);
  const isFiltered = view.q !== "" || view.status !== null || view.service !== null;

  useEffect(() => {
    document.title = "Traces · Everspan";
    const keyDown = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      search.current?.focus();
    };
    window.addEventListener("keydown", keyDown);
    return () => window.removeEventListener("keydown", keyDown);
  }, []);

  const isFirstLoad = list.loadedAtMs === undefined;
  return (
    <div className="page">
      <PageHeader
        actions={
          <button
            type="button"
            className="button ghost"
            onClick={shortcuts.open}
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
          >
            <KeyboardIcon />
          </button>
        }
      >
        <h1 className="page-title">Traces</h1>
      </PageHeader>
      {list.error && list.loadedAtMs !== undefined && (
        <StaleBanner error={list.error} loadedAtMs={list.loadedAtMs} onRetry={list.retry} />
      )}
      <ListToolbar
        view={view}
        onChange={setView}
        searchRef={search}
        count={list.traces.length}
        hasMore={list.hasMore}
      />
      <main className="list-main">
        {isFirstLoad && list.error ? (
          <ErrorState error={list.error} onRetry={list.retry} />
        ) : isFirstLoad ? (
          <TraceListSkeleton />
        ) : list.traces.length > 0 ? (
          <TraceListTable list={list} view={view} onSort={(sort) => setView({ sort })} />
        ) : isFiltered ? (
          <NoMatchState onClear={() => setView({ q: "", status: null, service: null })} />
        ) : (
          <EmptyState />
        )}
      </main>
      {shortcuts.isOpen && <ShortcutsDialog groups={[LIST_SHORTCUTS]} onClose={shortcuts.close} />}
    </div>
  );
}
