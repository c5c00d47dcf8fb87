import { formatAgo, formatDuration, formatInstant } from "../../model/text/format.ts";
import { useNowMs } from "../../state/browser/now.ts";

/** A relative time that stays right while it is looked at; the instant itself on hover. */
export function TimeAgo({ atMs }: { readonly atMs: number }) {
  const nowMs = useNowMs(20_000);
  return <time title={formatInstant(atMs)}>{formatAgo(atMs, nowMs)}</time>;
}

/** How long something has been running, counted on while it is looked at. */
export function Elapsed({ sinceMs }: { readonly sinceMs: number }) {
  const nowMs = useNowMs(1000);
  return <span>{formatDuration(Math.max(0, Math.floor((nowMs - sinceMs) / 1000) * 1000))}</span>;
}
