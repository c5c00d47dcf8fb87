/** How all runs are doing: volume, failures, latency, tokens and cost over time; every line leads to its runs. */
import { useEffect, useMemo, useRef } from "react";
import type { RunSummary } from "../api/run-summary.ts";
import styles from "../components/charts/charts.module.css";
import { RunTable } from "../components/charts/run-table.tsx";
import { TrendCard } from "../components/charts/trend-card.tsx";
import { ValueTable } from "../components/charts/value-table.tsx";
import { ErrorState } from "../components/frame/load-states.tsx";
import { PageHeader } from "../components/frame/page-header.tsx";
import { runBuckets } from "../model/charts/run-buckets.ts";
import { faultPattern, groupRuns } from "../model/charts/run-groups.ts";
import { withTerm } from "../model/runs/run-filter.ts";
import { formatCost, formatCount, formatDuration, formatExactCount } from "../model/text/format.ts";
import { listAddress } from "../state/address/list-address.ts";
import { navigate } from "../state/address/location.ts";
import { useRunSample } from "../state/data/use-run-sample.ts";

export default function OverviewPage() {
  const { value, error, retry } = useRunSample("");
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    document.title = "Overview · Everspan";
  }, []);
  return (
    <main className="page">
      <PageHeader>
        <h1 className="page-title">Overview</h1>
        {value !== undefined && (
          <span className="muted">
            of {value.isCut ? "the newest " : "all "}
            {formatExactCount(value.runs.length)} runs
          </span>
        )}
      </PageHeader>
      {value === undefined ? (
        error && <ErrorState error={error} onRetry={retry} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        <div ref={scroller} className={styles.scroll} tabIndex={0}>
          <Overview runs={value.runs} />
        </div>
      )}
    </main>
  );
}

function Overview({ runs }: { readonly runs: readonly RunSummary[] }) {
  const failed = useMemo(() => runs.filter(({ status }) => status === "ERROR"), [runs]);
  const faults = useMemo(() => groupRuns(failed, (run) => [faultPattern(run)]), [failed]);
  const by = (read: (run: RunSummary) => number) => [...runs].sort((a, b) => read(b) - read(a)).slice(0, 8);
  return (
    <div className={styles.grid}>
      <Trends runs={runs} />
      <RunTable
        title="Slowest"
        runs={by((run) => run.durationMs ?? 0)}
        cell={(run) => formatDuration(run.durationMs ?? Number.NaN)}
      />
      <RunTable
        title="Dearest"
        runs={by((run) => run.costUsd).filter(({ costUsd }) => costUsd > 0)}
        cell={(run) => formatCost(run.costUsd)}
      />
      <ValueTable
        title="Failures by cause"
        noun="cause"
        groups={faults}
        addressOf={(group) => `/traces/${encodeURIComponent(group.runs[0]!.traceId)}`}
      />
      <ValueTable
        title="By service"
        noun="service"
        groups={groupRuns(runs, (run) => [run.service])}
        addressOf={({ value }) => listAddress({ q: withTerm("", "service", value) })}
      />
      <ValueTable
        title="By model"
        noun="model"
        groups={groupRuns(runs, (run) => run.models)}
        addressOf={({ value }) => listAddress({ q: withTerm("", "model", value) })}
      />
      <RunTable title="Newest failures" runs={failed.slice(0, 8)} cell={(run) => run.service ?? ""} />
    </div>
  );
}

function Trends({ runs }: { readonly runs: readonly RunSummary[] }) {
  const buckets = useMemo(() => runBuckets(runs, 48), [runs]);
  const toRuns = (fromMs: number, toMs: number) => {
    const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
    navigate(listAddress({ q: withTerm(withTerm("", "from", from), "to", to) }));
  };
  const shared = { buckets, onRange: toRuns };
  return (
    <>
      <TrendCard
        {...shared}
        title="Runs"
        format={formatExactCount}
        series={[
          { label: "Runs", values: buckets.runs, color: "--line-strong", isBars: true },
          { label: "Failed", values: buckets.errors, color: "--red", isBars: true },
        ]}
      />
      <TrendCard
        {...shared}
        title="Duration"
        format={formatDuration}
        series={[
          { label: "p95", values: buckets.p95Ms, color: "--kind-tool" },
          { label: "p50", values: buckets.p50Ms, color: "--kind-model" },
        ]}
      />
      <TrendCard
        {...shared}
        title="Tokens"
        format={formatCount}
        series={[{ label: "Tokens", values: buckets.tokens, color: "--kind-retrieval", isBars: true }]}
      />
      <TrendCard
        {...shared}
        title="Cost"
        format={formatCost}
        series={[{ label: "Cost", values: buckets.costUsd, color: "--kind-check", isBars: true }]}
      />
    </>
  );
}
