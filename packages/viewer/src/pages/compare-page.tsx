/** Two runs side by side, or two steps: where they part first, then step by step what is the same and what is not. */
import { useEffect, useMemo, useState } from "react";
import type { RunSummary } from "../api/run-summary.ts";
import styles from "../components/compare/compare.module.css";
import { PairRow } from "../components/compare/pair-row.tsx";
import { StepComparison } from "../components/compare/step-comparison.tsx";
import { Link } from "../components/controls/link.tsx";
import { ErrorState, StaleBanners } from "../components/frame/load-states.tsx";
import { PageHeader } from "../components/frame/page-header.tsx";
import { RunMark } from "../components/marks/run-mark.tsx";
import { type ComparedStep, compareRuns, type RunComparison, type StepPair } from "../model/story/compare-runs.ts";
import { formatCost, formatCount, formatDuration, plural } from "../model/text/format.ts";
import { singleLine } from "../model/text/hostile-text.ts";
import type { CompareView } from "../state/address/compare-address.ts";
import { traceAddress } from "../state/address/trace-address.ts";
import { type LoadedTrace, useTrace } from "../state/data/use-trace.ts";
import { useLinkKeys } from "../state/keys/link-keys.ts";

export default function ComparePage({ view: { a, b, steps } }: { readonly view: CompareView }) {
  const [left, right] = [useTrace(a), useTrace(b)];
  useLinkKeys("Compare");
  useEffect(() => {
    document.title = "Compare · Everspan";
  }, []);
  const error = left.value === undefined ? left.error : right.value === undefined ? right.error : undefined;
  const isWhole = left.value?.isWhole === true && right.value?.isWhole === true;
  return (
    <main className="page">
      <PageHeader>
        <h1 className="page-title">Compare two {steps === null ? "runs" : "steps"}</h1>
      </PageHeader>
      {error !== undefined && (
        <ErrorState error={error} onRetry={left.value === undefined ? left.retry : right.retry} />
      )}
      <StaleBanners of={[left, right]} />
      {error === undefined && !isWhole && <p className="pending muted">Loading both runs…</p>}
      {left.value !== undefined &&
        right.value !== undefined &&
        // What has not arrived would be told as a difference.
        isWhole &&
        (steps === null ? (
          <Comparison a={left.value} b={right.value} />
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
          <div className={styles.scroll} tabIndex={0}>
            <StepComparison trees={[left.value.tree, right.value.tree]} steps={steps} />
          </div>
        ))}
    </main>
  );
}

function Comparison({ a, b }: { readonly a: LoadedTrace; readonly b: LoadedTrace }) {
  const compared = useMemo(() => compareRuns(a.tree, b.tree), [a.tree, b.tree]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <div className={styles.scroll} tabIndex={0}>
      <div className={styles.heads}>
        <RunHead run={a.trace} letter="A" />
        <RunHead run={b.trace} letter="B" />
      </div>
      <Headline compared={compared} a={a.trace} b={b.trace} />
      <ol className={styles.pairs}>
        {folded(compared.pairs).map((group) =>
          group.kind === "equal" ? (
            <EqualSteps key={group.key} pairs={group.pairs} traceIds={[a.trace.traceId, b.trace.traceId]} />
          ) : (
            <PairRow key={group.key} pair={group.pair} traceIds={[a.trace.traceId, b.trace.traceId]} />
          ),
        )}
      </ol>
    </div>
  );
}

function RunHead({ run, letter }: { readonly run: RunSummary; readonly letter: string }) {
  return (
    <section className={styles.head} aria-label={`Run ${letter}`}>
      <h2>
        <span className="chip">{letter}</span> <RunMark run={run} />{" "}
        <Link href={traceAddress({ traceId: run.traceId })}>
          <bdi>{singleLine(run.asked || run.name, 160) || "Unnamed run"}</bdi>
        </Link>
      </h2>
      <p className="muted">
        {[
          run.durationMs === null ? "running" : formatDuration(run.durationMs),
          plural(run.spanCount, "span"),
          `${formatCount(run.inputTokens)} → ${formatCount(run.outputTokens)} tok`,
          ...(run.costUsd !== null && run.costUsd > 0 ? [formatCost(run.costUsd)] : []),
        ].join(" · ")}
      </p>
    </section>
  );
}

interface HeadlineProps {
  readonly compared: RunComparison;
  readonly a: RunSummary;
  readonly b: RunSummary;
}

function Headline({ compared, a, b }: HeadlineProps) {
  const pair = compared.pairs[compared.firstDifference];
  const same = compared.pairs.filter(({ kind }) => kind === "same" || kind === "words").length;
  return (
    <section className={styles.headline} aria-label="What differs" data-testid="headline">
      <p className={styles.first}>
        {compared.pairs.length === 0
          ? "Neither run has a step to compare."
          : pair === undefined
            ? `Both took the same ${plural(same, "step")}.`
            : firstWords(pair)}
      </p>
      {pair !== undefined && pair.a !== null && pair.b !== null && (
        <dl className={styles.against}>
          <dt>A</dt>
          <dd>{callsLine(pair.a)}</dd>
          <dt>B</dt>
          <dd>{callsLine(pair.b)}</dd>
        </dl>
      )}
      <p className="muted">
        B against A:{" "}
        {[
          a.durationMs === null || b.durationMs === null
            ? "time unknown while one runs"
            : signed(b.durationMs - a.durationMs, formatDuration, "time"),
          signed(b.inputTokens + b.outputTokens - a.inputTokens - a.outputTokens, formatCount, "tokens"),
          a.costUsd === null || b.costUsd === null ? "cost unknown" : signed(b.costUsd - a.costUsd, formatCost, "cost"),
        ].join(", ")}
      </p>
    </section>
  );
}

function firstWords({ a, b }: StepPair): string {
  const number = (a ?? b)!.number;
  if (b === null) return `First difference: step ${number} is only in A (${callsLine(a!)})`;
  if (a === null) return `First difference: step ${number} is only in B (${callsLine(b)})`;
  return `First difference: step ${number}`;
}

function callsLine({ calls }: ComparedStep): string {
  return singleLine(calls.join(", "), 160) || "no tool call";
}

function signed(value: number, format: (value: number) => string, of: string): string {
  if (value === 0) return `the same ${of}`;
  return `${value > 0 ? "+" : "−"}${format(Math.abs(value))} ${of}`;
}

type Folded =
  | { readonly kind: "equal"; readonly key: string; readonly pairs: readonly StepPair[] }
  | { readonly kind: "pair"; readonly key: string; readonly pair: StepPair };

/** Equal steps in a row become one line. */
function folded(pairs: readonly StepPair[]): readonly Folded[] {
  const groups: Folded[] = [];
  pairs.forEach((pair, index) => {
    const last = groups.at(-1);
    if (pair.kind !== "same") groups.push({ kind: "pair", key: `pair ${index}`, pair });
    else if (last?.kind === "equal") groups[groups.length - 1] = { ...last, pairs: [...last.pairs, pair] };
    else groups.push({ kind: "equal", key: `equal ${index}`, pairs: [pair] });
  });
  return groups;
}

interface EqualStepsProps {
  readonly pairs: readonly StepPair[];
  readonly traceIds: readonly [string, string];
}

function EqualSteps({ pairs, traceIds }: EqualStepsProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <button type="button" className="earlier" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        {plural(pairs.length, "equal step")}
      </button>
      {isOpen && (
        <ol className={styles.pairs}>
          {pairs.map((pair) => (
            <PairRow key={pair.a!.number} pair={pair} traceIds={traceIds} />
          ))}
        </ol>
      )}
    </li>
  );
}
