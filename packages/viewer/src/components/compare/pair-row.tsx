/** One step of two runs: what each did, and between them how they differ. */

import type { ComparedStep, StepPair } from "../../model/story/compare-runs.ts";
import { formatDuration } from "../../model/text/format.ts";
import { exposeHidden } from "../../model/text/hostile-text.ts";
import { traceAddress } from "../../state/address/trace-address.ts";
import { Link } from "../controls/link.tsx";
import { TextDiff } from "../text/text-diff.tsx";
import styles from "./compare.module.css";

const KIND_WORDS: Readonly<Record<StepPair["kind"], string>> = {
  same: "the same",
  words: "other words, same calls",
  calls: "other calls",
  "only-a": "only in A",
  "only-b": "only in B",
};

interface PairRowProps {
  readonly pair: StepPair;
  readonly traceIds: readonly [string, string];
}

export function PairRow({ pair, traceIds }: PairRowProps) {
  const { a, b, kind } = pair;
  return (
    <li className={styles.pair} data-kind={kind} data-testid="pair">
      <Side step={a} traceId={traceIds[0]} />
      <div className={styles.between}>
        <span className="chip">{KIND_WORDS[kind]}</span>
        {a !== null && b !== null && kind === "calls" && (
          <TextDiff before={a.calls.join("\n")} after={b.calls.join("\n")} />
        )}
        {a !== null && b !== null && a.said !== b.said && <TextDiff before={a.said} after={b.said} />}
      </div>
      <Side step={b} traceId={traceIds[1]} />
    </li>
  );
}

function Side({ step, traceId }: { readonly step: ComparedStep | null; readonly traceId: string }) {
  if (step === null) return <div className={styles.side} />;
  const { node, number, said, calls } = step;
  return (
    <div className={styles.side}>
      <p className="muted">
        <Link href={traceAddress({ traceId, spanId: node.span.id })}>step {number}</Link>
        {node.endMs !== null && ` · ${formatDuration(node.endMs - node.startMs)}`}
      </p>
      {said !== "" && <p className={styles.said}>{exposeHidden(said.slice(0, 600))}</p>}
      {calls.map((call, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: calls of one immutable step
        <p key={index} className={styles.call}>
          <bdi>{exposeHidden(call.slice(0, 600))}</bdi>
        </p>
      ))}
    </div>
  );
}
