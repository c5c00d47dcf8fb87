/** Two model calls beside each other: what was sent besides, no longer, in other words; and what each answered. */
import type { StoredSpan } from "@everspan/protocol";
import { type Message, plainText } from "@everspan/reading";
import { useMemo } from "react";
import { readingOf, repliesOf, sentBy } from "../../model/said/reading.ts";
import { compareSteps, type SentPair } from "../../model/story/compare-steps.ts";
import { formatBytes, formatCost, formatCount, formatDuration, plural } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import type { SpanTree } from "../../model/trace/span-tree.ts";
import { traceAddress } from "../../state/address/trace-address.ts";
import { useSpan } from "../../state/data/use-span.ts";
import { Link } from "../controls/link.tsx";
import { MessageView } from "../inspector/message-view.tsx";
import { TextDiff } from "../text/text-diff.tsx";
import styles from "./compare.module.css";

interface StepComparisonProps {
  readonly trees: readonly [SpanTree, SpanTree];
  readonly steps: { readonly from: string; readonly to: string };
}

export function StepComparison({ trees: [a, b], steps }: StepComparisonProps) {
  const from = useSpan(a.nodes[a.indexById.get(steps.from) ?? -1]?.span);
  const to = useSpan(b.nodes[b.indexById.get(steps.to) ?? -1]?.span);
  const error = from.error ?? to.error;
  if (error !== undefined) return <p className="muted">One of the steps can't be loaded: {error.message}</p>;
  if (!a.indexById.has(steps.from) || !b.indexById.has(steps.to)) {
    return <p className="muted">One of the two steps is not in its run.</p>;
  }
  if (from.span === undefined || to.span === undefined) {
    return <p className="muted">Loading {formatBytes(from.omittedBytes + to.omittedBytes)}…</p>;
  }
  return <Compared from={from.span} to={to.span} />;
}

function Compared({ from, to }: { readonly from: StoredSpan; readonly to: StoredSpan }) {
  const { sharedCount, pairs } = useMemo(() => compareSteps(sentBy(from), sentBy(to)), [from, to]);
  const tools = useMemo(() => toolChange(from, to), [from, to]);
  const count = (kind: SentPair["kind"]) => pairs.filter((pair) => pair.kind === kind).length;
  return (
    <>
      <div className={styles.heads}>
        <StepHead span={from} letter="A" />
        <StepHead span={to} letter="B" />
      </div>
      <section className={styles.headline} aria-label="What differs" data-testid="headline">
        <p className={styles.first}>
          {pairs.length === 0 && tools === ""
            ? `Both were sent the same ${plural(sharedCount, "message")}.`
            : `B was sent ${changeWords(count)}.`}
        </p>
        <p className="muted">
          {plural(sharedCount, "message")} in both
          {tools !== "" && ` · tools: ${tools}`}
        </p>
      </section>
      <ol className={styles.pairs}>
        {pairs.map((pair, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: pairs of one immutable comparison
          <li key={index} className={styles.sent} data-kind={pair.kind} data-testid="sent-pair">
            <span className={styles.kindWords}>{KIND_WORDS[pair.kind]}</span>
            {pair.kind === "rewritten" ? (
              <TextDiff before={plainText(pair.before)} after={plainText(pair.after)} />
            ) : (
              <MessageView message={pair.message} state="new" />
            )}
          </li>
        ))}
      </ol>
      <section className={styles.sent} aria-label="What each answered">
        <h3>Answers</h3>
        <TextDiff before={textOf(repliesOf(from))} after={textOf(repliesOf(to))} />
      </section>
    </>
  );
}

const KIND_WORDS = { added: "Added", removed: "No longer sent", rewritten: "Rewritten" } as const;

/** `4 messages more, 1 rewritten`: only what there is. */
function changeWords(count: (kind: SentPair["kind"]) => number): string {
  const [added, removed, rewritten] = [count("added"), count("removed"), count("rewritten")];
  const words = [
    ...(added > 0 ? [`${plural(added, "message")} more`] : []),
    ...(removed > 0 ? [`${plural(removed, "message")} no longer`] : []),
    ...(rewritten > 0 ? [`${plural(rewritten, "message")} rewritten`] : []),
  ];
  return words.length === 0 ? "the same messages with other tools" : words.join(", ");
}

function StepHead({ span, letter }: { readonly span: StoredSpan; readonly letter: string }) {
  const figures = [
    ...(span.durationMs === undefined ? [] : [formatDuration(span.durationMs)]),
    `${formatCount(span.inputTokens ?? 0)} → ${formatCount(span.outputTokens ?? 0)} tok`,
    ...(span.costUsd === undefined ? [] : [formatCost(span.costUsd)]),
  ];
  return (
    <section className={styles.head} aria-label={`Step ${letter}`}>
      <h2>
        <span className="chip">{letter}</span>{" "}
        <Link href={traceAddress({ traceId: span.traceId, spanId: span.id })}>
          <bdi>{singleLine(span.name, 120) || "Unnamed span"}</bdi>
        </Link>
      </h2>
      <p className="muted">{figures.join(" · ")}</p>
    </section>
  );
}

/** `+search −ls`; empty when both had the same. */
function toolChange(from: StoredSpan, to: StoredSpan): string {
  const names = (span: StoredSpan) => new Set((readingOf(span).call.tools ?? []).map(({ name }) => name));
  const [before, after] = [names(from), names(to)];
  return [
    ...[...after].filter((name) => !before.has(name)).map((name) => `+${singleLine(name, 40)}`),
    ...[...before].filter((name) => !after.has(name)).map((name) => `−${singleLine(name, 40)}`),
  ].join(" ");
}

function textOf(messages: readonly Message[]): string {
  return messages.map(plainText).join("\n");
}
