/** Records that processes dropped, over time and by service. */
import type { ProducerSummary } from "@everspan/protocol";
import { useMemo } from "react";
import { lossTrend } from "../../model/charts/loss-trend.ts";
import { formatExactCount } from "../../model/text/format.ts";
import type { TimeSpan } from "../../state/data/use-aggregates.ts";
import { Link } from "../controls/link.tsx";
import styles from "./charts.module.css";
import { stackedBars } from "./stacked-bars.ts";
import { TimeChart } from "./time-chart.tsx";

interface LossCardProps {
  readonly producers: readonly ProducerSummary[];
  readonly time: TimeSpan;
  /** To the page that tells them one by one; absent: this is it. */
  readonly allHref?: string;
  readonly onRange: (fromMs: number, toMs: number) => void;
}

export function LossCard({ producers, time, allHref, onRange }: LossCardProps) {
  const { times, bucketMs, series, dropped } = useMemo(
    () => lossTrend(producers, time.fromMs, time.toMs),
    [producers, time],
  );
  const bars = useMemo(() => stackedBars(series), [series]);
  return (
    <section
      className={`${styles.card} ${allHref === undefined ? styles.full : styles.wide}`}
      aria-label="Records dropped"
    >
      <h2>
        {dropped === 0 ? "Records dropped" : `${formatExactCount(dropped)} records dropped`}
        {allHref !== undefined && <Link href={allHref}>all</Link>}
      </h2>
      {dropped === 0 ? (
        <p className="muted">None in this time, by the account of every process heard in it.</p>
      ) : (
        <>
          <div className={styles.legend}>
            {bars.map(({ label, color }) => (
              <span key={label}>
                <span className="swatch" style={{ background: `var(${color})` }} /> <bdi>{label}</bdi>
              </span>
            ))}
            <span className="muted">where their process was last heard</span>
          </div>
          <TimeChart
            label="Records dropped, where their process was last heard"
            times={times}
            bucketMs={bucketMs}
            series={bars}
            height={110}
            format={formatExactCount}
            hasAxes
            onRange={onRange}
          />
        </>
      )}
    </section>
  );
}
