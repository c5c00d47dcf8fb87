/** How a trace or span ended: a dot with a shape of its own for each state, and a word for those who can't see it. */
import type { SpanStatus } from "@everspan/protocol";

interface StatusMarkProps {
  readonly status: SpanStatus;
  readonly isRunning: boolean;
  readonly withLabel?: boolean;
}

export function StatusMark({ status, isRunning, withLabel = false }: StatusMarkProps) {
  const state = isRunning ? "running" : status.toLowerCase();
  const label = LABELS[state] ?? status;
  return (
    <span className="status-mark" data-state={state} title={withLabel ? undefined : label}>
      <span className="status-dot" aria-hidden="true" />
      <span className={withLabel ? "" : "visually-hidden"}>{label}</span>
    </span>
  );
}

const LABELS: Readonly<Record<string, string>> = { running: "Running", ok: "OK", error: "Error", canceled: "Canceled" };
