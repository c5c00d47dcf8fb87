import type { RunSummary } from "../../api/run-summary.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { traceAddress } from "../../state/address/trace-address.ts";
import type { ServerData } from "../../state/data/query-client.ts";
import { Link } from "../controls/link.tsx";
import { RunMark } from "../marks/run-mark.tsx";
import styles from "./charts.module.css";
import { NoRows } from "./no-rows.tsx";

interface RunTableProps {
  readonly title: string;
  readonly runs: readonly RunSummary[];
  /** The answer that they are of. */
  readonly loaded: Pick<ServerData<unknown>, "value" | "error">;
  readonly cell: (run: RunSummary) => string;
  /** Where all of them are. */
  readonly allHref?: string;
}

/** A few runs by name, each a link. */
export function RunTable({ title, runs, loaded, cell, allHref }: RunTableProps) {
  return (
    <section className={`${styles.card} ${styles.wide}`} aria-label={title}>
      <h2>
        {title}
        {allHref !== undefined && <Link href={allHref}>all</Link>}
      </h2>
      {runs.length === 0 ? (
        <NoRows of={loaded} />
      ) : (
        <table className={styles.list}>
          <tbody>
            {runs.map((run) => (
              <tr key={run.traceId}>
                <td>
                  <RunMark run={run} />{" "}
                  <Link href={traceAddress({ traceId: run.traceId })}>
                    <bdi>{singleLine(run.asked || run.name, 120) || "Unnamed run"}</bdi>
                  </Link>
                </td>
                <td>{cell(run)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
