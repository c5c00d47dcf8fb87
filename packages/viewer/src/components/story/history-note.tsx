/** A line above a step under which something changed: instructions, tools, the history that is sent. */
import { plainText } from "@everspan/reading";
import { useState } from "react";
import { sentBy } from "../../model/said/reading.ts";
import type { HistoryChange } from "../../model/story/history-change.ts";
import { formatBytes, plural } from "../../model/text/format.ts";
import type { SpanNode } from "../../model/trace/span-tree.ts";
import { compareStepsAddress } from "../../state/address/compare-address.ts";
import { useSpan } from "../../state/data/use-span.ts";
import { Link } from "../controls/link.tsx";
import { ChevronIcon } from "../marks/icons.tsx";
import { TextDiff } from "../text/text-diff.tsx";
import styles from "./story.module.css";

interface HistoryNoteProps {
  readonly change: HistoryChange;
  readonly before: SpanNode;
  readonly now: SpanNode;
}

export function HistoryNote({ change, before, now }: HistoryNoteProps) {
  const [isOpen, setOpen] = useState(false);
  const { system, rewritten, hasOtherTools } = change;
  const place = ({ span }: SpanNode) => ({ traceId: span.traceId, spanId: span.id });
  return (
    <div className={styles.note} data-testid="history-note">
      {system !== null && (
        <button type="button" className="earlier" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
          <span className="disclosure" data-open={isOpen}>
            <ChevronIcon />
          </span>
          Instructions changed
          <span className="muted">
            {formatBytes(system.before)} → {formatBytes(system.now)}
          </span>
        </button>
      )}
      {isOpen && <SystemDiff before={before} now={now} />}
      {hasOtherTools && <p>Other tools from here on</p>}
      {rewritten !== null && (
        <p>
          History rewritten: {plural(rewritten.gone, "message")} of {rewritten.before} no longer sent, {rewritten.now}{" "}
          now
        </p>
      )}
      <Link href={compareStepsAddress(place(before), place(now))}>Compare with the step before</Link>
    </div>
  );
}

function SystemDiff({ before, now }: Pick<HistoryNoteProps, "before" | "now">) {
  const [a, b] = [useSpan(before.span), useSpan(now.span)];
  if (a.error !== undefined || b.error !== undefined) return <p className="muted">It can't be loaded.</p>;
  if (a.span === undefined || b.span === undefined) {
    return <p className="muted">Loading {formatBytes(a.omittedBytes + b.omittedBytes)}…</p>;
  }
  const textOf = (span: SpanNode["span"]) =>
    sentBy(span)
      .filter(({ role }) => role === "system")
      .map(plainText)
      .join("\n");
  return <TextDiff before={textOf(a.span)} after={textOf(b.span)} />;
}
