/** Sums of the time by one group, each line a link to its runs. */

import type { AggregateGroup } from "@everspan/protocol";
import { useMemo } from "react";
import { groupSums } from "../../model/charts/aggregate-trends.ts";
import { withTerm } from "../../model/runs/run-filter.ts";
import { formatCost, formatCount, formatDuration, formatExactCount } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { listAddress } from "../../state/address/list-address.ts";
import { type TimeSpan, useAggregates } from "../../state/data/use-aggregates.ts";
import { Link } from "../controls/link.tsx";
import styles from "./charts.module.css";
import { NoRows } from "./no-rows.tsx";

interface GroupCardProps {
  readonly time: TimeSpan;
  readonly by: AggregateGroup;
}

const MAX_ROWS = 20;

export function GroupCard({ time, by }: GroupCardProps) {
  const loaded = useAggregates(time, by);
  const { value } = loaded;
  const groups = useMemo(() => (value === undefined ? [] : groupSums(value)), [value]);
  const title = `By ${by}`;
  return (
    <section className={`${styles.card} ${styles.wide}`} aria-label={title}>
      <h2>{title}</h2>
      {groups.length === 0 ? (
        <NoRows of={loaded} />
      ) : (
        <table className={styles.list}>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">{by}</span>
              </th>
              <th scope="col">spans</th>
              <th scope="col">failed</th>
              <th scope="col" title={`Of the ${time.bucket} in which it was greatest`}>
                worst p95
              </th>
              <th scope="col" data-narrow="hide">
                tokens
              </th>
              <th scope="col">cost</th>
            </tr>
          </thead>
          <tbody>
            {groups.slice(0, MAX_ROWS).map((group) => (
              <tr key={group.value}>
                <td title={singleLine(group.value)}>
                  <Link href={addressOf(by, group.value, time)}>
                    <bdi>{singleLine(group.value, 120)}</bdi>
                  </Link>
                </td>
                <td>{formatExactCount(group.spanCount)}</td>
                <td>{group.failedSpanCount > 0 ? formatExactCount(group.failedSpanCount) : ""}</td>
                <td>{group.worstP95Ms === null ? "" : formatDuration(group.worstP95Ms)}</td>
                <td data-narrow="hide">{group.tokens > 0 ? formatCount(group.tokens) : ""}</td>
                <td>{group.costUsd > 0 ? formatCost(group.costUsd) : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function addressOf(by: AggregateGroup, value: string, { fromMs, toMs }: TimeSpan): string {
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  return listAddress({ q: withTerm(withTerm(withTerm("", by, value), "from", from), "to", to) });
}
