import type { RunGroup } from "../../model/charts/run-groups.ts";
import { formatCost, formatCount, formatDuration, formatExactCount } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import type { ServerData } from "../../state/data/query-client.ts";
import { Link } from "../controls/link.tsx";
import styles from "./charts.module.css";
import { NoRows } from "./no-rows.tsx";

interface ValueTableProps {
  readonly title: string;
  readonly noun: string;
  readonly groups: readonly RunGroup[];
  /** The answer that they are of. */
  readonly loaded: Pick<ServerData<unknown>, "value" | "error">;
  readonly addressOf: (group: RunGroup) => string;
  /** Where the runs of all of them are. */
  readonly allHref?: string;
}

const MAX_ROWS = 8;

/** Runs by a value, each line a link to them. */
export function ValueTable({ title, noun, groups, loaded, addressOf, allHref }: ValueTableProps) {
  // Where all of them failed, a second column says so for nothing.
  const hasOthers = groups.some(({ runs, errorCount }) => errorCount < runs.length);
  return (
    <section className={`${styles.card} ${styles.wide}`} aria-label={title}>
      <h2>
        {title}
        {allHref !== undefined && <Link href={allHref}>all</Link>}
      </h2>
      {groups.length === 0 ? (
        <NoRows of={loaded} />
      ) : (
        <table className={styles.list}>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">{noun}</span>
              </th>
              <th scope="col">runs</th>
              {hasOthers && <th scope="col">failed</th>}
              <th scope="col">p95</th>
              <th scope="col" data-narrow="hide">
                tokens
              </th>
              <th scope="col" data-narrow="hide">
                cost
              </th>
            </tr>
          </thead>
          <tbody>
            {groups.slice(0, MAX_ROWS).map((group) => (
              <tr key={group.value}>
                <td title={singleLine(group.value)}>
                  <Link href={addressOf(group)}>
                    <bdi>{singleLine(group.value, 120)}</bdi>
                  </Link>
                </td>
                <td>{formatExactCount(group.runs.length)}</td>
                {hasOthers && <td>{group.errorCount > 0 ? formatExactCount(group.errorCount) : ""}</td>}
                <td>{formatDuration(group.p95Ms)}</td>
                <td data-narrow="hide">{group.tokens > 0 ? formatCount(group.tokens) : ""}</td>
                <td data-narrow="hide">{group.costUsd > 0 ? formatCost(group.costUsd) : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
