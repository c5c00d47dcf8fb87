import { useEffect, useState } from "react";
import { formatAgo, formatDuration, formatInstant } from "../../model/text/format.ts";

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

/** The present, renewed every `intervalMs`; 0 holds it still. */
export function useNowMs(intervalMs: number): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (intervalMs === 0) return;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return nowMs;
}
