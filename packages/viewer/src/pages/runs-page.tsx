/** The list of runs: filter, sort, more on scroll, kept fresh by the live stream without moving what is read. */
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { RunSummary } from "../api/run-summary.ts";
import { ErrorState, StaleBanner } from "../components/frame/load-states.tsx";
import { PageHeader } from "../components/frame/page-header.tsx";
import { EmptyState, NoMatchState } from "../components/list/empty-state.tsx";
import { FacetPanel } from "../components/list/facet-panel.tsx";
import { ListSkeleton } from "../components/list/list-skeleton.tsx";
import styles from "../components/list/run-list.module.css";
import { RunList } from "../components/list/run-list.tsx";
import { RunToolbar } from "../components/list/run-toolbar.tsx";
import { VolumeChart } from "../components/list/volume-chart.tsx";
import { UpIcon } from "../components/marks/icons.tsx";
import { withTerm } from "../model/runs/run-filter.ts";
import { plural } from "../model/text/format.ts";
import { compareAddress } from "../state/address/compare-address.ts";
import { type ListView, listAddress } from "../state/address/list-address.ts";
import { navigate } from "../state/address/location.ts";
import { placeIn, setListPlace } from "../state/browser/list-place.ts";
import { usePreferences } from "../state/browser/preferences.ts";
import { useKnownValues } from "../state/data/use-known-values.ts";
import { type LoadedRunList, useRunList } from "../state/data/use-run-list.ts";
import { useSearchHits } from "../state/data/use-search-hits.ts";
import { listStops } from "../state/keys/list-stops.ts";
import { runListShortcuts } from "../state/keys/run-list-shortcuts.ts";
import { useShortcuts } from "../state/keys/shortcuts.ts";

export function RunsPage({ view }: { readonly view: ListView }) {
  const page = useRunsPage(view);
  const { loaded, found, rows, grid, activeId, ticked, setView, activate, tick } = page;
  const { hasFacets } = usePreferences();
  return (
    <main className="page">
      <PageHeader actions={<CompareButton ticked={ticked} onClear={page.untick} />}>
        <h1 className="page-title">Runs</h1>
      </PageHeader>
      {loaded.error && loaded.loadedAtMs !== undefined && (
        <StaleBanner error={loaded.error} loadedAtMs={loaded.loadedAtMs} onRetry={loaded.retry} />
      )}
      <RunToolbar
        filter={view.q}
        known={page.known}
        onFilter={(q) => setView({ q })}
        onLeave={page.enterList}
        inputRef={page.search}
        count={rows.length}
        hasMore={loaded.list?.nextCursor !== null}
      />
      {rows.length > 1 && (
        <VolumeChart
          filter={view.q}
          onRange={(from, to) => setView({ q: withTerm(withTerm(view.q, "from", from), "to", to) })}
        />
      )}
      <div className={styles.main}>
        {hasFacets && <FacetPanel filter={page.settledView.q} onFilter={(q) => setView({ q })} />}
        <HeldPill loaded={loaded} onShow={() => grid.current?.scrollTo({ top: 0 })} />
        <Contents
          loaded={loaded}
          hasHits={found.hits.length > 0}
          isFiltered={view.q !== ""}
          onClear={() => setView({ q: "" })}
          list={
            loaded.list && (
              <RunList
                runs={loaded.list}
                loaded={loaded}
                found={found}
                view={page.settledView}
                activeId={activeId}
                ticked={ticked}
                gridRef={grid}
                onSort={(sort) => setView({ sort })}
                onActive={activate}
                onTick={tick}
              />
            )
          }
        />
      </div>
    </main>
  );
}

const NO_RUNS: readonly RunSummary[] = [];

/** What the parts of the page share, and the keys that move through it. */
function useRunsPage(view: ListView) {
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const settledView = useDeferredValue(view);
  const loaded = useRunList(settledView);
  const address = listAddress(view);
  const [activeId, setActiveId] = useState(() => placeIn(address).traceId);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const activate = (traceId: string) => {
    setActiveId(traceId);
    setListPlace({ address, scrollTop: grid.current?.scrollTop ?? 0, traceId });
  };
  const rows = loaded.list?.rows ?? NO_RUNS;
  const known = useKnownValues(rows, view.q !== "");
  const tick = (traceId: string) => setTicked((before) => toggled(before, traceId));
  const found = useSearchHits(settledView.q);
  const stops = useMemo(() => listStops(found.hits, rows, view.q), [found.hits, rows, view.q]);
  useShortcuts(runListShortcuts({ stops, activeId, ticked, grid, search, activate, tick }));
  useEffect(() => {
    document.title = "Runs · Everspan";
    setListPlace(placeIn(address));
  }, [address]);
  return {
    search,
    grid,
    settledView,
    loaded,
    found,
    rows,
    known,
    activeId,
    activate,
    ticked,
    tick,
    untick: () => setTicked(new Set()),
    setView: (change: Partial<ListView>) => navigate(listAddress({ ...view, ...change }), true),
    enterList: () => {
      grid.current?.focus();
      if (!stops.some(({ key }) => key === activeId) && stops[0] !== undefined) activate(stops[0].key);
    },
  };
}

interface ContentsProps {
  readonly loaded: LoadedRunList;
  readonly hasHits: boolean;
  readonly isFiltered: boolean;
  readonly onClear: () => void;
  readonly list: React.ReactNode;
}

function Contents({ loaded, hasHits, isFiltered, onClear, list }: ContentsProps) {
  if (loaded.list === undefined) {
    return loaded.error ? <ErrorState error={loaded.error} onRetry={loaded.retry} /> : <ListSkeleton />;
  }
  if (loaded.error?.kind === "refused") return <ErrorState error={loaded.error} onRetry={loaded.retry} />;
  if (loaded.list.rows.length > 0 || hasHits) return list;
  return isFiltered ? <NoMatchState onClear={onClear} /> : <EmptyState isReachable={loaded.error === undefined} />;
}

function HeldPill({ loaded, onShow }: { readonly loaded: LoadedRunList; readonly onShow: () => void }) {
  const count = loaded.list?.held.length ?? 0;
  if (count === 0) return null;
  const show = () => {
    loaded.showHeld();
    onShow();
  };
  return (
    <button type="button" className={styles.pill} onClick={show}>
      <UpIcon />
      {plural(count, "new run")}
    </button>
  );
}

function CompareButton({ ticked, onClear }: { readonly ticked: ReadonlySet<string>; readonly onClear: () => void }) {
  if (ticked.size === 0) return null;
  const [a, b] = [...ticked];
  return (
    <>
      <button type="button" className="button ghost" onClick={onClear}>
        {plural(ticked.size, "run")} ticked, untick
      </button>
      {ticked.size === 2 && (
        <button type="button" className="button primary" onClick={() => navigate(compareAddress(a!, b!))}>
          Compare
        </button>
      )}
    </>
  );
}

function toggled(before: ReadonlySet<string>, traceId: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(traceId)) after.add(traceId);
  return after;
}
