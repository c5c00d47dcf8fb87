/** The list's columns as data: a new one is an entry here and nothing else. */
import type { TraceSortKey } from "@everspan/protocol";
import type { ReactNode } from "react";
import type { RunSummary } from "../../api/run-summary.ts";
import { missingParts } from "../../model/runs/run-state.ts";
import { askedWords } from "../../model/runs/shared-start.ts";
import {
  formatClock,
  formatCost,
  formatCount,
  formatDuration,
  formatExactCount,
  formatInstant,
  plural,
} from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { instantMs } from "../../model/text/instant.ts";
import { traceLiveness } from "../../model/trace/liveness.ts";
import { ErrorIcon, WarningIcon } from "../marks/icons.tsx";
import { LivenessMark } from "../marks/liveness-mark.tsx";
import { RunMark } from "../marks/run-mark.tsx";
import { Elapsed } from "../marks/time-ago.tsx";
import styles from "./run-list.module.css";

export interface RunColumn {
  readonly key: string;
  readonly label: string;
  /** What it sorts by; absent: it can't be sorted. */
  readonly sortKey?: TraceSortKey;
  /** As a grid's track. */
  readonly width: string;
  /** Not shown when the list is narrower than this, in pixels. */
  readonly hideBelow: number;
  readonly isNumber?: boolean;
  /** Always shown. */
  readonly isFixed?: boolean;
  readonly cell: (run: RunSummary, context: CellContext) => ReactNode;
}

export interface CellContext {
  /** Of the runs that are drawn: the longest, for the bars. */
  readonly longestMs: number;
  readonly href: string;
  /** From where on what it was asked is shown, see `sharedStarts`. */
  readonly askedFrom: number;
}

export const RUN_COLUMNS: readonly RunColumn[] = [
  { key: "state", label: "State", width: "20px", hideBelow: 0, isFixed: true, cell: (run) => <RunMark run={run} /> },
  { key: "when", label: "Started", sortKey: "startTime", width: "72px", hideBelow: 0, cell: whenCell },
  { key: "what", label: "Asked → answered", width: "minmax(0, 1fr)", hideBelow: 0, isFixed: true, cell: whatCell },
  {
    key: "errors",
    label: "Errors",
    sortKey: "errorCount",
    width: "64px",
    hideBelow: 0,
    isNumber: true,
    cell: errorsCell,
  },
  {
    key: "steps",
    label: "Spans",
    sortKey: "spanCount",
    width: "64px",
    hideBelow: 760,
    isNumber: true,
    cell: stepsCell,
  },
  {
    key: "duration",
    label: "Duration",
    sortKey: "durationMs",
    width: "128px",
    hideBelow: 0,
    isNumber: true,
    cell: durationCell,
  },
  { key: "tokens", label: "Tokens", width: "108px", hideBelow: 900, isNumber: true, cell: tokensCell },
  { key: "cost", label: "Cost", sortKey: "costUsd", width: "76px", hideBelow: 640, isNumber: true, cell: costCell },
  { key: "model", label: "Model", width: "minmax(110px, 0.22fr)", hideBelow: 1080, cell: modelCell },
];

/** Where there is no room for columns: two lines a run. */
const NARROW_COLUMNS: readonly RunColumn[] = [
  { key: "state", label: "State", width: "16px", hideBelow: 0, cell: (run) => <RunMark run={run} /> },
  { key: "started", label: "Started", sortKey: "startTime", width: "minmax(0, 1fr)", hideBelow: 0, cell: narrowCell },
];
const NARROW_BELOW_PX = 560;

export interface ColumnLayout {
  readonly columns: readonly RunColumn[];
  /** For `grid-template-columns`. */
  readonly template: string;
  /** Its rows have two lines. */
  readonly isNarrow: boolean;
}

/** @param widthPx of the list */
export function layoutOf(columns: readonly RunColumn[], widthPx: number, hidden: readonly string[]): ColumnLayout {
  const isNarrow = widthPx < NARROW_BELOW_PX;
  const shown = isNarrow
    ? NARROW_COLUMNS
    : columns.filter(
        ({ key, hideBelow, isFixed }) => isFixed === true || (widthPx >= hideBelow && !hidden.includes(key)),
      );
  return { columns: shown, template: shown.map(({ width }) => width).join(" "), isNarrow };
}

function narrowCell(run: RunSummary, { href, askedFrom }: CellContext): ReactNode {
  const ms = instantMs(run.startTime);
  const liveness = traceLiveness(run);
  const missing = missingParts(run);
  return (
    <span className={styles.twoLines}>
      <span>
        <a href={href} tabIndex={-1} className={`trace-name ${styles.asked}`}>
          <bdi>{(run.asked && askedWords(run.asked, askedFrom)) || singleLine(run.name, 200) || "Unnamed run"}</bdi>
        </a>
        {liveness !== null && liveness !== "running" && <LivenessMark liveness={liveness} />}
      </span>
      <span>
        <time dateTime={run.startTime}>{formatClock(ms).slice(0, 5)}</time>
        <span>
          {run.running ? <Elapsed sinceMs={ms} /> : run.durationMs !== null && formatDuration(run.durationMs)}
        </span>
        <span>{plural(run.stepCount || run.spanCount, run.stepCount ? "step" : "span")}</span>
        {(run.costUsd ?? 0) > 0 && <span>{formatCost(run.costUsd ?? 0)}</span>}
        {errorsCell(run)}
        {missing.length > 0 && (
          <span className={styles.missing}>
            <WarningIcon />
            {missing[0]}
          </span>
        )}
      </span>
    </span>
  );
}

function whenCell(run: RunSummary): ReactNode {
  const ms = instantMs(run.startTime);
  return (
    <time className="secondary" dateTime={run.startTime} title={formatInstant(ms)}>
      {formatClock(ms)}
    </time>
  );
}

function whatCell(run: RunSummary, { href, askedFrom }: CellContext): ReactNode {
  const name = singleLine(run.name) || "Unnamed run";
  const asked = run.asked ? askedWords(run.asked, askedFrom) : null;
  const answered = run.snippet ?? run.answered;
  const liveness = traceLiveness(run);
  const missing = missingParts(run);
  return (
    <>
      <a
        href={href}
        tabIndex={-1}
        className={`trace-name ${styles.asked}`}
        title={askedFrom > 0 ? singleLine(run.asked ?? "", 300) : undefined}
      >
        <bdi>{asked ?? name}</bdi>
      </a>
      {liveness !== null && liveness !== "running" && <LivenessMark liveness={liveness} />}
      {missing.length > 0 && (
        <span className={styles.missing} title={missing.join("; ")}>
          <WarningIcon />
          <span>{missing[0]}</span>
        </span>
      )}
      {answered && (
        <span className={styles.answered} data-error={run.status === "ERROR"}>
          → <bdi>{singleLine(answered, 200)}</bdi>
        </span>
      )}
      <span className={styles.tags}>
        {asked !== null && <bdi className={styles.named}>{singleLine(run.name, 40)}</bdi>}
        {run.service && (
          <bdi className={asked === null ? undefined : styles.service}>{singleLine(run.service, 60)}</bdi>
        )}
      </span>
    </>
  );
}

function errorsCell(run: RunSummary): ReactNode {
  const count = run.errorCount;
  if (count === 0) return null;
  const above = run.failedSpanCount - count;
  const title =
    above > 0 ? `${plural(count, "error")}, ${plural(above, "span")} above failed with it` : plural(count, "error");
  return (
    <span className={styles.errors} title={title}>
      <ErrorIcon />
      {formatExactCount(count)}
    </span>
  );
}

function stepsCell(run: RunSummary): ReactNode {
  return run.stepCount ? (
    <span title={`${plural(run.stepCount, "step")}, ${plural(run.spanCount, "span")}`}>
      {formatCount(run.stepCount)} <span className="muted">/ {formatCount(run.spanCount)}</span>
    </span>
  ) : (
    formatExactCount(run.spanCount)
  );
}

function durationCell(run: RunSummary, { longestMs }: CellContext): ReactNode {
  if (run.running) return <Elapsed sinceMs={instantMs(run.startTime)} />;
  if (run.durationMs === null) return null;
  const share = longestMs > 0 ? Math.sqrt(run.durationMs / longestMs) : 0;
  return (
    <>
      <span className={styles.bar} style={{ width: `${Math.max(2, share * 52)}px` }} aria-hidden="true" />
      {formatDuration(run.durationMs)}
    </>
  );
}

function tokensCell(run: RunSummary): ReactNode {
  if (run.inputTokens === 0 && run.outputTokens === 0) return null;
  return (
    <span title={`${formatExactCount(run.inputTokens)} in, ${formatExactCount(run.outputTokens)} out`}>
      {formatCount(run.inputTokens)} <span className="muted">→</span> {formatCount(run.outputTokens)}
    </span>
  );
}

/** Empty also when it is unknown: most runs that say nothing of a cost made no call that has one. */
function costCell({ costUsd }: RunSummary): ReactNode {
  return costUsd !== null && costUsd > 0 ? <span title={`$${costUsd}`}>{formatCost(costUsd)}</span> : null;
}

function modelCell(run: RunSummary): ReactNode {
  const [first, ...others] = run.models;
  if (first === undefined) return null;
  return (
    <span className="secondary" title={run.models.map((model) => singleLine(model)).join(", ")}>
      <bdi>{singleLine(first.split("/").at(-1) ?? first, 60)}</bdi>
      {others.length > 0 && <span className="muted"> +{others.length}</span>}
    </span>
  );
}
