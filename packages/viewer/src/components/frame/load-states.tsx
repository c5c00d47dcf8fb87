/** What a page shows when the collector gives no answer: the banner over stale data, and the page without any. */
import { type FormEvent, useState } from "react";
import { setAccessToken } from "../../api/access-token.ts";
import { isTokenAccepted } from "../../api/collector-client.ts";
import type { CollectorError } from "../../api/collector-error.ts";
import { formatInstant } from "../../model/text/format.ts";
import type { ServerData } from "../../state/data/query-client.ts";
import { WarningIcon } from "../marks/icons.tsx";
import { TimeAgo } from "../marks/time-ago.tsx";

/** How long a token may take to be accepted, in milliseconds. */
const ANSWER_MS = 10_000;

interface FailureProps {
  readonly error: CollectorError;
  readonly onRetry: () => void;
}

/** Over data that was loaded before: it stays readable, and says since when it may be wrong. */
export function StaleBanner({ error, loadedAtMs, onRetry }: FailureProps & { readonly loadedAtMs: number }) {
  return (
    <div className="banner" role="status" data-testid="stale-banner">
      <WarningIcon />
      <span className="banner-text">
        {HEADINGS[error.kind]} — stale since{" "}
        <time title={formatInstant(loadedAtMs)}>
          {formatInstant(loadedAtMs).slice(11, 19)} (<TimeAgo atMs={loadedAtMs} />)
        </time>
      </span>
      {error.kind === "unauthorized" ? (
        <TokenForm onToken={onRetry} />
      ) : (
        <button type="button" className="button small" onClick={onRetry}>
          Try now
        </button>
      )}
    </div>
  );
}

/** Of several of a page's answers, the oldest that could not be renewed. */
export function StaleBanners({ of }: { readonly of: readonly ServerData<unknown>[] }) {
  const failed = of.filter(({ value, error }) => value !== undefined && error !== undefined);
  const [oldest] = failed.toSorted((a, b) => (a.loadedAtMs ?? 0) - (b.loadedAtMs ?? 0));
  if (oldest?.error === undefined || oldest.loadedAtMs === undefined) return null;
  const retry = () => {
    for (const data of failed) data.retry();
  };
  return <StaleBanner error={oldest.error} loadedAtMs={oldest.loadedAtMs} onRetry={retry} />;
}

export function ErrorState({ error, onRetry }: FailureProps) {
  return (
    <div className="state-page" data-testid="error-state" role="alert">
      <div className="state-mark error">
        <WarningIcon />
      </div>
      <h2>{HEADINGS[error.kind]}</h2>
      <p>
        {ADVICE[error.kind]} {error.kind === "unreachable" && <code>npx everspan serve</code>}
      </p>
      {error.kind === "unauthorized" && <TokenForm onToken={onRetry} />}
      {error.kind === "refused" && <p className="mono muted">{error.message}</p>}
      {error.kind !== "unauthorized" && (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

const HEADINGS = {
  unreachable: "Collector not reachable",
  unauthorized: "This collector asks for a token",
  notFound: "Not found",
  refused: "The collector refused the request",
} as const satisfies Record<CollectorError["kind"], string>;

const ADVICE = {
  unreachable: "The viewer keeps trying and comes back by itself. Start the collector with",
  unauthorized: "Enter the token that the collector was started with.",
  notFound: "It may not have arrived yet, or it was removed by retention.",
  refused: "The address may be from another version of the viewer.",
} as const satisfies Record<CollectorError["kind"], string>;

/** Another token may be another project's: once one is accepted all that was read under the one before is let go of. */
function TokenForm({ onToken }: { readonly onToken: () => void }) {
  const [token, setToken] = useState("");
  const [isRefused, setRefused] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setAccessToken(token.trim());
    const isAccepted = await isTokenAccepted(AbortSignal.timeout(ANSWER_MS));
    setRefused(isAccepted === false);
    if (isAccepted === true) window.location.reload();
    else if (isAccepted === undefined) onToken();
  };
  return (
    <form className="token-form" onSubmit={submit}>
      <input
        type="password"
        value={token}
        onChange={(event) => setToken(event.target.value)}
        aria-label="Token"
        aria-invalid={isRefused}
        placeholder="Token"
        autoComplete="off"
      />
      <button type="submit" className="button primary" disabled={token.trim() === ""}>
        Open
      </button>
      {isRefused && <span role="alert">It does not accept this one.</span>}
    </form>
  );
}
