/** For whom the runs ran: how many, what they cost, how often they failed. */
import { useEffect, useMemo } from "react";
import styles from "../components/charts/charts.module.css";
import { FailedCount } from "../components/charts/failed-count.tsx";
import { Link } from "../components/controls/link.tsx";
import { ErrorState, StaleBanners } from "../components/frame/load-states.tsx";
import { PageHeader } from "../components/frame/page-header.tsx";
import { groupRuns, type RunGroup } from "../model/charts/run-groups.ts";
import { withTerm } from "../model/runs/run-filter.ts";
import { formatCost, formatCount, formatDuration, formatExactCount, formatInstant } from "../model/text/format.ts";
import { singleLine } from "../model/text/hostile-text.ts";
import { instantMs } from "../model/text/instant.ts";
import { listAddress } from "../state/address/list-address.ts";
import { sessionsAddress } from "../state/address/sessions-address.ts";
import { type RunSample, useRunSample } from "../state/data/use-run-sample.ts";
import { useLinkKeys } from "../state/keys/link-keys.ts";

export default function UsersPage() {
  const sample = useRunSample("");
  const { value, error, retry } = sample;
  useLinkKeys("Users");
  useEffect(() => {
    document.title = "Users · Everspan";
  }, []);
  return (
    <main className="page">
      <PageHeader>
        <h1 className="page-title">Users</h1>
        <span className="muted">
          for whom the runs ran · <Link href={sessionsAddress({ user: null })}>sessions</Link>
        </span>
      </PageHeader>
      <StaleBanners of={[sample]} />
      {value === undefined ? (
        error && <ErrorState error={error} onRetry={retry} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        <div className={styles.scroll} tabIndex={0}>
          <div className={styles.grid}>
            <Users sample={value} />
          </div>
        </div>
      )}
    </main>
  );
}

function Users({ sample: { runs, isCut } }: { readonly sample: RunSample }) {
  const groups = useMemo(() => groupRuns(runs, ({ user }) => [user]), [runs]);
  const nobodys = runs.filter(({ user }) => user === null || user === "").length;
  const counted = isCut
    ? `Of the newest ${formatExactCount(runs.length)} runs`
    : `Of all ${formatExactCount(runs.length)} runs`;
  return (
    <section className={`${styles.card} ${styles.full}`} aria-label="Users">
      {groups.length === 0 ? (
        <p className="muted" data-testid="no-users">
          No run says for whom it ran. Note it with a span: <code>{'data: { "user.id": userId }'}</code>
        </p>
      ) : (
        <table className={styles.list}>
          <thead>
            <tr>
              <th scope="col">user</th>
              <th scope="col" data-narrow="hide">
                sessions
              </th>
              <th scope="col">runs</th>
              <th scope="col">failed</th>
              <th scope="col" data-narrow="hide">
                p95
              </th>
              <th scope="col" data-narrow="hide">
                tokens
              </th>
              <th scope="col">cost</th>
              <th scope="col" data-narrow="hide">
                last run
              </th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <UserRow key={group.value} group={group} />
            ))}
          </tbody>
        </table>
      )}
      <p className="muted">
        {counted}
        {nobodys > 0 && `; ${formatExactCount(nobodys)} of them say no user`}.
      </p>
    </section>
  );
}

function UserRow({ group: { value, runs, errorCount, p95Ms, tokens, costUsd } }: { readonly group: RunGroup }) {
  const sessions = new Set(runs.flatMap(({ session }) => session ?? [])).size;
  const last = Math.max(...runs.map(({ startTime }) => instantMs(startTime)));
  return (
    <tr data-testid="user-row">
      <td title={singleLine(value)}>
        <Link href={listAddress({ q: withTerm("", "user", value) })}>
          <bdi>{singleLine(value, 120)}</bdi>
        </Link>
      </td>
      <td data-narrow="hide">
        {sessions > 0 && <Link href={sessionsAddress({ user: value })}>{formatExactCount(sessions)}</Link>}
      </td>
      <td>{formatExactCount(runs.length)}</td>
      <td>
        <FailedCount count={errorCount} />
      </td>
      <td data-narrow="hide">{p95Ms > 0 ? formatDuration(p95Ms) : ""}</td>
      <td data-narrow="hide">{tokens > 0 ? formatCount(tokens) : ""}</td>
      <td>{costUsd > 0 ? formatCost(costUsd) : ""}</td>
      <td data-narrow="hide">
        <time>{formatInstant(last).slice(0, 16)}</time>
      </td>
    </tr>
  );
}
