/** Runs of one conversation together, and for whom they ran. */
import type { SessionSummary } from "@everspan/protocol";
import { useEffect } from "react";
import styles from "../components/charts/charts.module.css";
import { FacetCard } from "../components/charts/facet-card.tsx";
import { FailedCount } from "../components/charts/failed-count.tsx";
import { Link } from "../components/controls/link.tsx";
import { ErrorState, StaleBanners } from "../components/frame/load-states.tsx";
import { PageHeader } from "../components/frame/page-header.tsx";
import { withTerm } from "../model/runs/run-filter.ts";
import { formatCost, formatCount, formatDuration, formatExactCount, formatInstant } from "../model/text/format.ts";
import { singleLine } from "../model/text/hostile-text.ts";
import { instantMs } from "../model/text/instant.ts";
import { listAddress } from "../state/address/list-address.ts";
import { type SessionsView, sessionsAddress } from "../state/address/sessions-address.ts";
import { type LoadedSessions, useSessions } from "../state/data/use-sessions.ts";
import { useLinkKeys } from "../state/keys/link-keys.ts";

export default function SessionsPage({ view }: { readonly view: SessionsView }) {
  const loaded = useSessions(view.user);
  useLinkKeys("Sessions");
  useEffect(() => {
    document.title = "Sessions · Everspan";
  }, []);
  return (
    <main className="page">
      <PageHeader>
        <h1 className="page-title">Sessions</h1>
        {view.user === null ? (
          <span className="muted">
            runs of one conversation together · <Link href="/users">users</Link>
          </span>
        ) : (
          <span className="muted">
            of <bdi>{singleLine(view.user, 80)}</bdi> · <Link href={sessionsAddress({ user: null })}>everybody's</Link>
          </span>
        )}
      </PageHeader>
      <StaleBanners of={[loaded]} />
      {loaded.value === undefined ? (
        loaded.error && <ErrorState error={loaded.error} onRetry={loaded.retry} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        <div className={styles.scroll} tabIndex={0}>
          <div className={styles.grid}>
            <Sessions loaded={loaded} sessions={loaded.value} />
            <FacetCard title="Users" field="user" />
          </div>
        </div>
      )}
    </main>
  );
}

interface SessionsProps {
  readonly loaded: LoadedSessions;
  readonly sessions: readonly SessionSummary[];
}

function Sessions({ loaded, sessions }: SessionsProps) {
  return (
    <section className={`${styles.card} ${styles.wider}`} aria-label="Sessions">
      {sessions.length === 0 ? (
        <p className="muted" data-testid="no-sessions">
          No run says which conversation it is part of. Give a trace a session when it starts:{" "}
          <code>{"tracer.startTrace({ taskId: conversationId })"}</code>
        </p>
      ) : (
        <table className={styles.list}>
          <thead>
            <tr>
              <th scope="col">session</th>
              <th scope="col" className={styles.words} data-narrow="hide">
                user
              </th>
              <th scope="col">runs</th>
              <th scope="col">failed</th>
              <th scope="col">began</th>
              <th scope="col" data-narrow="hide">
                lasted
              </th>
              <th scope="col" data-narrow="hide">
                tokens
              </th>
              <th scope="col" data-narrow="hide">
                cost
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.map((session) => (
              <SessionRow key={session.session} session={session} />
            ))}
          </tbody>
        </table>
      )}
      {loaded.hasMore && (
        <button type="button" className="button" onClick={loaded.loadMore}>
          Older sessions
        </button>
      )}
    </section>
  );
}

function SessionRow({ session: row }: { readonly session: SessionSummary }) {
  const { session, user, traceCount, errorCount, startTime, endTime, costUsd } = row;
  const startMs = instantMs(startTime);
  const tokens = row.inputTokens + row.outputTokens;
  return (
    <tr data-testid="session-row">
      <td title={singleLine(session)}>
        <Link href={listAddress({ q: withTerm("", "session", session), sort: "startTime" })}>
          <bdi>{singleLine(session, 120)}</bdi>
        </Link>
      </td>
      <td className={styles.words} data-narrow="hide">
        {user !== null && (
          <Link href={sessionsAddress({ user })}>
            <bdi>{singleLine(user, 40)}</bdi>
          </Link>
        )}
      </td>
      <td>{formatExactCount(traceCount)}</td>
      <td>
        <FailedCount count={errorCount} />
      </td>
      <td>
        <time dateTime={startTime}>{formatInstant(startMs).slice(0, 16)}</time>
      </td>
      <td data-narrow="hide">{endTime === null ? "" : formatDuration(instantMs(endTime) - startMs)}</td>
      <td data-narrow="hide">{tokens > 0 ? formatCount(tokens) : ""}</td>
      <td data-narrow="hide">{costUsd !== null && costUsd > 0 ? formatCost(costUsd) : ""}</td>
    </tr>
  );
}
