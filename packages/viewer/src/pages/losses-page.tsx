/** What did not arrive: processes that dropped records or went silent, and the runs that are incomplete for it. */
import { dropReasonWords, type ProducerSummary } from "@everspan/protocol";
import { useEffect, useMemo } from "react";
import styles from "../components/charts/charts.module.css";
import { LossCard } from "../components/charts/loss-card.tsx";
import { RunTable } from "../components/charts/run-table.tsx";
import { ErrorState, StaleBanners } from "../components/frame/load-states.tsx";
import { PageHeader } from "../components/frame/page-header.tsx";
import { TimeAgo } from "../components/marks/time-ago.tsx";
import { inheritedText } from "../model/losses/producer-notes.ts";
import { missingParts } from "../model/runs/run-state.ts";
import { droppedRecords } from "../model/story/verdict.ts";
import { formatExactCount } from "../model/text/format.ts";
import { singleLine } from "../model/text/hostile-text.ts";
import { instantMs } from "../model/text/instant.ts";
import { toRunsOf } from "../state/address/time-filter.ts";
import { useLastDays } from "../state/data/use-aggregates.ts";
import { useProducers } from "../state/data/use-producers.ts";
import { useRunSample } from "../state/data/use-run-sample.ts";
import { useLinkKeys } from "../state/keys/link-keys.ts";

const DAYS = 7;

export default function LossesPage() {
  const sample = useRunSample("");
  const producers = useProducers();
  const time = useLastDays(DAYS);
  useLinkKeys("Losses");
  useEffect(() => {
    document.title = "Losses · Everspan";
  }, []);
  const incomplete = useMemo(
    () => (sample.value?.runs ?? []).filter((run) => missingParts(run).length > 0 || run.lostCount > 0).slice(0, 100),
    [sample.value],
  );
  return (
    <main className="page">
      <PageHeader>
        <h1 className="page-title">Losses</h1>
        <span className="muted">what was recorded and did not arrive</span>
      </PageHeader>
      <StaleBanners of={[producers, sample]} />
      {producers.value === undefined ? (
        producers.error && <ErrorState error={producers.error} onRetry={producers.retry} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        <div className={styles.scroll} tabIndex={0}>
          <div className={styles.grid}>
            <LossCard producers={producers.value.producers} time={time} onRange={toRunsOf} />
            <Producers producers={producers.value.producers} />
            <RunTable
              title={
                sample.value?.isCut === true
                  ? `Incomplete runs, of the newest ${formatExactCount(sample.value.runs.length)}`
                  : "Incomplete runs"
              }
              runs={incomplete}
              loaded={sample}
              cell={(run) => missingParts(run)[0] ?? "its process is lost"}
            />
          </div>
        </div>
      )}
    </main>
  );
}

function Producers({ producers }: { readonly producers: readonly ProducerSummary[] }) {
  const losing = producers.filter(
    (producer) => droppedRecords([producer]) > 0 || inheritedText(producer) !== undefined || isSilent(producer),
  );
  return (
    <section className={`${styles.card} ${styles.wide}`} aria-label="Processes">
      <h2>Processes that dropped records or fell silent</h2>
      {losing.length === 0 ? (
        <p className="muted">None: every record that a process gave account of has arrived.</p>
      ) : (
        <table className={styles.list}>
          <thead>
            <tr>
              <th scope="col">process</th>
              <th scope="col" className={styles.words}>
                state
              </th>
              <th scope="col" className={styles.words}>
                dropped
              </th>
              <th scope="col" data-narrow="hide">
                last heard
              </th>
            </tr>
          </thead>
          <tbody>
            {losing.slice(0, 200).map((producer) => (
              <ProducerRow key={producer.id} producer={producer} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function isSilent({ state, openSpans }: ProducerSummary): boolean {
  return (state === "lost" || state === "stalled") && openSpans > 0;
}

function ProducerRow({ producer }: { readonly producer: ProducerSummary }) {
  const { service, pid, host, state, lastSeen, ledger } = producer;
  const name = [service ?? "a process", pid === null ? "" : `pid ${pid}`, host === null ? "" : `on ${host}`];
  const reasons = Object.entries(ledger?.dropped ?? {}).map(
    ([reason, count]) => `${formatExactCount(count)} ${dropReasonWords(reason)}`,
  );
  const inherited = inheritedText(producer);
  return (
    <tr>
      <td>
        <bdi>{singleLine(name.filter(Boolean).join(" "), 120)}</bdi>
      </td>
      <td className={styles.words}>{state}</td>
      <td className={styles.words}>{(inherited === undefined ? reasons : [...reasons, inherited]).join("; ")}</td>
      <td data-narrow="hide">
        <TimeAgo atMs={instantMs(lastSeen)} />
      </td>
    </tr>
  );
}
