/** A loaded run: header, verdict, strip, one of three lenses, and the inspector of what is selected. */

import { useQueryClient } from "@tanstack/react-query";
import { memo, type ReactNode, type RefObject, useCallback, useDeferredValue, useMemo, useRef } from "react";
import { type Story, storyOf, storyStops } from "../../model/story/story.ts";
import { lossesOf, type VerdictLine, verdictOf } from "../../model/story/verdict.ts";
import { visibleRows } from "../../model/timeline/trace-rows.ts";
import { compareAddress } from "../../state/address/compare-address.ts";
import { goUpTo, navigate } from "../../state/address/location.ts";
import { type Lens, type TraceView, traceAddress } from "../../state/address/trace-address.ts";
import { listPlace, neighbourOf } from "../../state/browser/list-place.ts";
import { useNowMs } from "../../state/browser/now.ts";
import { previousRunOfName } from "../../state/data/previous-run.ts";
import { useSentMessages } from "../../state/data/use-sent-messages.ts";
import type { LoadedTrace } from "../../state/data/use-trace.ts";
import { runShortcuts } from "../../state/keys/run-shortcuts.ts";
import { useShortcuts } from "../../state/keys/shortcuts.ts";
import { tickStep } from "../../state/run/ticked-step.ts";
import { useMatches } from "../../state/run/use-matches.ts";
import { type RunActions, useRunActions } from "../../state/run/use-run-actions.ts";
import { Inspector } from "../inspector/inspector.tsx";
import { StoryView } from "../story/story-view.tsx";
import { GroupTable } from "../table/group-table.tsx";
import { KindFilter } from "../timeline/kind-filter.tsx";
import { Timeline } from "../timeline/timeline.tsx";
import { LoadingMore } from "./loading-more.tsx";
import { Minimap } from "./minimap.tsx";
import { ProducerBanner } from "./producer-banner.tsx";
import { RunHeader } from "./run-header.tsx";
import { RunToolbar } from "./run-toolbar.tsx";
import { SplitPane } from "./split-pane.tsx";
import { VerdictBar } from "./verdict-bar.tsx";

interface RunViewProps {
  readonly loaded: LoadedTrace;
  readonly view: TraceView;
  readonly banner: ReactNode;
  readonly isStale: boolean;
}

/** Length: the page's parts in their order, without logic of its own. */
export const RunView = memo(function RunView({ loaded, view, banner, isStale }: RunViewProps) {
  const { trace, tree, producers } = loaded;
  const run = useRun(loaded, view, isStale);
  const { actions, change, refs, lens, story } = run;
  const verdict = useVerdict(loaded, story);
  return (
    <main className="page trace-page">
      <RunHeader
        run={trace}
        tree={tree}
        stepCount={story.stepCount}
        lens={lens}
        onLens={actions.show}
        onLeave={leave}
      />
      {banner}
      <LoadingMore loaded={loaded} />
      <ProducerBanner producers={producers} tree={tree} />
      <VerdictBar lines={verdict} onGo={actions.select} />
      <Minimap
        tree={tree}
        endMs={run.endMs}
        range={view.range}
        selectedMs={run.selected?.startMs}
        onRange={actions.zoomTo}
        onGo={actions.select}
      />
      <RunToolbar
        traceId={trace.traceId}
        view={view}
        matches={run.matches}
        selected={run.selected}
        actions={actions}
        change={change}
        searchRef={refs.search}
      >
        {lens === "timeline" && (
          <KindFilter tree={tree} hidden={view.hidden} onChange={(hidden) => change({ hidden })} />
        )}
      </RunToolbar>
      <SplitPane
        main={<LensView loaded={loaded} view={view} run={run} />}
        side={
          run.selected === undefined ? null : (
            <Inspector
              tree={tree}
              node={tree.nodes[(run.inspected ?? run.selected).index] ?? run.selected}
              story={story}
              part={view.part}
              onSelect={actions.select}
              onClose={actions.close}
              paneRef={refs.inspector}
            />
          )
        }
      />
    </main>
  );
});

/** While a run's pages arrive, only what failed is certain. What its processes dropped stands in a banner of its own. */
function useVerdict({ tree, isWhole }: LoadedTrace, story: Story): readonly VerdictLine[] {
  return useMemo(() => {
    const lines = verdictOf(tree, story, isWhole ? lossesOf(tree, []) : []);
    return lines.filter(({ kind }) => isWhole || kind === "failure");
  }, [tree, story, isWhole]);
}

function leave(): void {
  goUpTo(listPlace().address);
}

/** All that the parts of a run share. */
function useRun({ tree, trace, isWhole }: LoadedTrace, view: TraceView, isStale: boolean) {
  const refs = {
    search: useRef<HTMLInputElement>(null),
    main: useRef<HTMLDivElement>(null),
    inspector: useRef<HTMLElement>(null),
  };
  const story = useMemo(() => storyOf(tree, view.fold), [tree, view.fold]);
  const lens: Lens = view.lens ?? (story.stepCount > 0 ? "story" : "timeline");
  const rows = useMemo(() => visibleRows(tree, view.fold, view.hidden), [tree, view.fold, view.hidden]);
  const matches = useMatches(tree, trace, view.find);
  const sent = useSentMessages(trace, lens === "story" && isWhole && story.stepCount > 1);
  const isTicking = tree.runningCount > 0 && !isStale;
  const nowMs = useNowMs(isTicking ? 1000 : 0);
  const selectedIndex = view.spanId === null ? undefined : tree.indexById.get(view.spanId);
  const selected = selectedIndex === undefined ? undefined : tree.nodes[selectedIndex];
  const change = useCallback((part: Partial<TraceView>) => navigate(traceAddress({ ...view, ...part }), true), [view]);
  const stops = useMemo(() => (lens === "story" ? storyStops(story) : rows.nodeIndexes), [lens, story, rows]);
  const input = { tree, stops, view, lens, selected, matches, change, main: refs.main, inspector: refs.inspector };
  const actions = useRunActions(input);
  const client = useQueryClient();
  useShortcuts(
    runShortcuts({
      run: input,
      actions,
      search: refs.search,
      leave,
      goToRun: (step) => goToRun(neighbourOf(client, trace.traceId, step)),
      tickStep: () => {
        if (selected !== undefined) tickStep({ traceId: trace.traceId, spanId: selected.span.id });
      },
      copyLink: () => void navigator.clipboard?.writeText(window.location.href),
      compareWithPrevious: () =>
        void previousRunOfName(trace).then((id) => id !== undefined && navigate(compareAddress(id, trace.traceId))),
    }),
  );
  return {
    refs,
    story,
    lens,
    rows,
    matches,
    sent,
    selected,
    inspected: useDeferredValue(selected),
    change,
    actions,
    endMs: isTicking ? Math.max(tree.endMs, nowMs) : tree.endMs,
  };
}

function goToRun(traceId: string | undefined): void {
  if (traceId !== undefined) navigate(traceAddress({ traceId }), true);
}

interface LensViewProps {
  readonly loaded: LoadedTrace;
  readonly view: TraceView;
  readonly run: ReturnType<typeof useRun>;
}

function LensView({ loaded: { tree }, view, run }: LensViewProps) {
  const { actions, refs, story, lens, selected, matches, endMs } = run;
  const shared = {
    tree,
    mainRef: refs.main as RefObject<HTMLDivElement | null>,
    selectedIndex: selected?.index,
    matches,
  };
  switch (lens) {
    case "story":
      return <StoryView {...shared} story={story} sent={run.sent} endMs={endMs} actions={actions} />;
    case "table":
      return <GroupTable {...shared} onSelect={actions.select} />;
    case "timeline":
      return (
        <Timeline
          {...shared}
          rows={run.rows}
          fold={view.fold}
          range={view.range}
          endMs={endMs}
          actions={actions as RunActions}
        />
      );
  }
}
