/** How a trace or span ended: a dot with a shape of its own for each state, and a word for those who can't see it. */
import type { SpanStatus } from "@everspan/protocol";
import { LIVENESS_WORDS, type Liveness } from "../../model/trace/liveness.ts";

interface StatusMarkProps {
  readonly status: SpanStatus;
  /** Null for what ended by itself. */
  readonly liveness: Liveness | null;
  readonly withLabel?: boolean;
}

export function StatusMark({ status, liveness, withLabel = false }: StatusMarkProps) {
  const state = liveness ?? status.toLowerCase();
  const label = liveness === null ? (LABELS[state] ?? status) : capitalized(LIVENESS_WORDS[liveness]);
  return (
    <span className="status-mark" data-state={state} title={withLabel ? undefined : label}>
      <span className="status-dot" aria-hidden="true" />
      <span className={withLabel ? "" : "visually-hidden"}>{label}</span>
    </span>
  );
}

const LABELS: Readonly<Record<string, string>> = { ok: "OK", error: "Error", canceled: "Canceled" };

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
