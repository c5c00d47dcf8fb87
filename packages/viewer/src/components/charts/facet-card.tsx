import { type FacetField, MAX_COUNTED_TRACES } from "@everspan/protocol";
import { withTerm } from "../../model/runs/run-filter.ts";
import { formatExactCount } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { listAddress } from "../../state/address/list-address.ts";
import { type TimeSpan, useFacet, withinOf } from "../../state/data/use-aggregates.ts";
import { Link } from "../controls/link.tsx";
import styles from "./charts.module.css";
import { NoRows } from "./no-rows.tsx";

interface FacetCardProps {
  readonly title: string;
  readonly field: Extract<FacetField, "errorType" | "tool" | "user">;
  readonly isWide?: boolean;
  /** Absent: over all time. */
  readonly time?: TimeSpan;
}

const MAX_ROWS = 8;

/** The most frequent values of a field, each a link to the runs that have it. */
export function FacetCard({ title, field, isWide = false, time }: FacetCardProps) {
  const loaded = useFacet(field, time);
  const values = loaded.value ?? [];
  return (
    <section className={isWide ? `${styles.card} ${styles.wide}` : styles.card} aria-label={title}>
      <h2>{title}</h2>
      {values.length === 0 ? (
        <NoRows of={loaded} />
      ) : (
        <table className={styles.list}>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">value</span>
              </th>
              <th scope="col">runs</th>
            </tr>
          </thead>
          <tbody>
            {values.slice(0, MAX_ROWS).map(({ value, count }) => (
              <tr key={value}>
                <td title={singleLine(value)}>
                  <Link href={listAddress({ q: filterOf(field, value, time) })}>
                    <bdi>{singleLine(value, 120)}</bdi>
                  </Link>
                </td>
                <td>{formatExactCount(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {values.length > 0 && time !== undefined && (
        <p className="muted">
          Counted over the newest {formatExactCount(MAX_COUNTED_TRACES)} runs of the time at most.
        </p>
      )}
    </section>
  );
}

function filterOf(field: FacetCardProps["field"], value: string, time: TimeSpan | undefined): string {
  const filter = withTerm("", field, value);
  if (time === undefined) return filter;
  const { from, to } = withinOf(time);
  return withTerm(withTerm(filter, "from", from), "to", to);
}
