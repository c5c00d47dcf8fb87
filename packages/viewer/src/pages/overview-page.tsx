/** How all runs are doing: volume, failures, latency, tokens and cost over time; every line and bar leads to its runs. */
import { AGGREGATE_GROUPS, type AggregateGroup } from "@everspan/protocol";
import { useEffect, useMemo } from "react";
import styles from "../components/charts/charts.module.css";
import { FacetCard } from "../components/charts/facet-card.tsx";
import { GroupCard } from "../components/charts/group-card.tsx";
import { LossCard } from "../components/charts/loss-card.tsx";
import { RunTable } from "../components/charts/run-table.tsx";
import { TrendCards } from "../components/charts/trend-cards.tsx";
import { ValueTable } from "../components/charts/value-table.tsx";
import { ErrorState, StaleBanners } from "../components/frame/load-states.tsx";
import { PageHeader } from "../components/frame/page-header.tsx";
import { faultPattern, groupRuns } from "../model/charts/run-groups.ts";
import { formatCost, formatDuration } from "../model/text/format.ts";
import { listAddress } from "../state/address/list-address.ts";
import { navigate } from "../state/address/location.ts";
import { OVERVIEW_DAYS, type OverviewView, overviewAddress } from "../state/address/overview-address.ts";
import { toRunsOf, withTime } from "../state/address/time-filter.ts";
import { traceAddress } from "../state/address/trace-address.ts";
import { type TimeSpan, useAggregates, useLastDays, useTopRuns } from "../state/data/use-aggregates.ts";
import { useProducers } from "../state/data/use-producers.ts";
import { useLinkKeys } from "../state/keys/link-keys.ts";

const DAY_WORDS = { 1: "24 hours", 7: "7 days", 30: "30 days", 90: "90 days" } as const;
const TOP = 8;
const FAILURES = 100;

export default function OverviewPage({ view }: { readonly view: OverviewView }) {
  const time = useLastDays(view.days);
  const totals = useAggregates(time);
  const producers = useProducers();
  useLinkKeys("Overview");
  useEffect(() => {
    document.title = "Overview · Everspan";
  }, []);
  const change = (part: Partial<OverviewView>) => navigate(overviewAddress({ ...view, ...part }), true);
  return (
    <main className="page">
      <PageHeader actions={<Choices view={view} onChange={change} />}>
        <h1 className="page-title">Overview</h1>
      </PageHeader>
      <StaleBanners of={[totals, producers]} />
      {totals.value === undefined ? (
        totals.error && <ErrorState error={totals.error} onRetry={totals.retry} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        <div className={styles.scroll} tabIndex={0}>
          <div className={styles.grid}>
            <TrendCards totals={totals.value} time={time} by={view.by} onRange={toRunsOf} />
            <GroupCard time={time} by={view.by} />
            <Standouts time={time} />
            {producers.value !== undefined && (
              <LossCard producers={producers.value.producers} time={time} allHref="/losses" onRange={toRunsOf} />
            )}
          </div>
        </div>
      )}
    </main>
  );
}

interface ChoicesProps {
  readonly view: OverviewView;
  readonly onChange: (part: Partial<OverviewView>) => void;
}

function Choices({ view, onChange }: ChoicesProps) {
  return (
    <>
      <fieldset className="segmented">
        <legend className="visually-hidden">Time</legend>
        {OVERVIEW_DAYS.map((days) => (
          <button key={days} type="button" aria-pressed={days === view.days} onClick={() => onChange({ days })}>
            {DAY_WORDS[days]}
          </button>
        ))}
      </fieldset>
      <label className={styles.choice}>
        by
        <select value={view.by} onChange={(event) => onChange({ by: event.target.value as AggregateGroup })}>
          {AGGREGATE_GROUPS.map((group) => (
            <option key={group}>{group}</option>
          ))}
        </select>
      </label>
    </>
  );
}

/** The runs that somebody should look at, and what runs fail with. */
function Standouts({ time }: { readonly time: TimeSpan }) {
  const { fromMs, toMs } = time;
  const within = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  const slowest = useTopRuns({ ...within, sort: "-durationMs", limit: TOP });
  const costliest = useTopRuns({ ...within, sort: "-costUsd", limit: TOP });
  const failed = useTopRuns({ ...within, status: "ERROR", sort: "-startTime", limit: FAILURES });
  const faults = useMemo(() => groupRuns(failed.value ?? [], (run) => [faultPattern(run)]), [failed.value]);
  return (
    <>
      <RunTable
        title="Slowest"
        runs={slowest.value ?? []}
        loaded={slowest}
        cell={(run) => formatDuration(run.durationMs ?? Number.NaN)}
        allHref={listAddress({ q: withTime("", fromMs, toMs), sort: "-durationMs" })}
      />
      <RunTable
        title="Costliest"
        runs={(costliest.value ?? []).filter(({ costUsd }) => (costUsd ?? 0) > 0)}
        loaded={costliest}
        cell={(run) => formatCost(run.costUsd ?? 0)}
        allHref={listAddress({ q: withTime("", fromMs, toMs), sort: "-costUsd" })}
      />
      <ValueTable
        title={`Newest failures by cause${failed.value?.length === FAILURES ? `, of the last ${FAILURES}` : ""}`}
        noun="cause"
        groups={faults}
        loaded={failed}
        addressOf={(group) => traceAddress({ traceId: group.runs[0]!.traceId })}
        allHref={listAddress({ q: withTime("status:error", fromMs, toMs) })}
      />
      <FacetCard title="Errors by kind" field="errorType" time={time} isWide />
      <FacetCard title="Tools" field="tool" time={time} isWide />
    </>
  );
}
