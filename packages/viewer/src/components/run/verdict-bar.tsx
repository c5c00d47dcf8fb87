/** The ten-second answer above a run; each line leads to what it is about. */
import type { VerdictLine } from "../../model/story/verdict.ts";
import { ErrorIcon, MoneyIcon, TimeIcon, WarningIcon } from "../marks/icons.tsx";
import styles from "./verdict-bar.module.css";

const ICONS = { failure: ErrorIcon, loss: WarningIcon, time: TimeIcon, money: MoneyIcon } as const;

interface VerdictBarProps {
  readonly lines: readonly VerdictLine[];
  readonly onGo: (nodeIndex: number) => void;
}

export function VerdictBar({ lines, onGo }: VerdictBarProps) {
  if (lines.length === 0) return null;
  return (
    <section className={styles.verdict} aria-label="Verdict" data-testid="verdict">
      {lines.map((line) => (
        <Line key={line.kind} line={line} onGo={onGo} />
      ))}
    </section>
  );
}

function Line({ line, onGo }: { readonly line: VerdictLine; readonly onGo: (nodeIndex: number) => void }) {
  const Icon = ICONS[line.kind];
  const { nodeIndex } = line;
  const words = (
    <>
      <Icon />
      <bdi className={styles.text}>{line.text}</bdi>
      {line.where !== undefined && <bdi className={styles.where}>{line.where}</bdi>}
    </>
  );
  if (nodeIndex === undefined) {
    return (
      <p className={styles.line} data-kind={line.kind}>
        {words}
      </p>
    );
  }
  return (
    <button
      type="button"
      className={styles.line}
      data-kind={line.kind}
      onClick={() => onGo(nodeIndex)}
      title="Go there"
    >
      {words}
      {line.kind === "failure" && <kbd>e</kbd>}
    </button>
  );
}
