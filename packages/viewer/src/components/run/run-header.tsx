/** One line above a run: what it was, its sums, and the lenses to look at it through. */
import type { RunSummary } from "../../api/run-summary.ts";
import { askedWords } from "../../model/runs/shared-start.ts";
import {
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
import type { SpanTree } from "../../model/trace/span-tree.ts";
import type { Lens } from "../../state/address/trace-address.ts";
import { listPlace } from "../../state/browser/list-place.ts";
import { useAskedFrom } from "../../state/data/use-asked-from.ts";
import { Link } from "../controls/link.tsx";
import { BackIcon, StoryIcon, TableIcon, TimelineIcon } from "../marks/icons.tsx";
import { LivenessMark } from "../marks/liveness-mark.tsx";
import { RunMark } from "../marks/run-mark.tsx";
import { Elapsed } from "../marks/time-ago.tsx";
import styles from "./run-header.module.css";
import { RunMenu } from "./run-menu.tsx";

interface RunHeaderProps {
  readonly run: RunSummary;
  readonly tree: SpanTree;
  readonly stepCount: number;
  readonly lens: Lens;
  readonly onLens: (lens: Lens) => void;
  readonly onLeave: () => void;
}

const LENS_BUTTONS = [
  { lens: "story", words: "Story", key: "s", Icon: StoryIcon },
  { lens: "timeline", words: "Timeline", key: "t", Icon: TimelineIcon },
  { lens: "table", words: "Table", key: "b", Icon: TableIcon },
] as const;

export function RunHeader({ run, tree, stepCount, lens, onLens, onLeave }: RunHeaderProps) {
  const askedFrom = useAskedFrom(run);
  const name = (run.asked && askedWords(run.asked, askedFrom)) || singleLine(run.name) || "Unnamed run";
  return (
    <header className={styles.header}>
      <Link
        href={listPlace().address}
        className="button ghost back"
        aria-label="All runs"
        title="All runs (Esc)"
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          onLeave();
        }}
      >
        <BackIcon />
      </Link>
      <RunMark run={run} />
      <h1 className={styles.title} title={singleLine(run.asked || run.name, 600)}>
        <bdi>{name}</bdi>
      </h1>
      <Sums run={run} tree={tree} stepCount={stepCount} />
      <fieldset className="segmented">
        <legend className="visually-hidden">View</legend>
        {LENS_BUTTONS.map(({ lens: own, words, key, Icon }) => (
          <button
            key={own}
            type="button"
            aria-pressed={own === lens}
            onClick={() => onLens(own)}
            title={`${words} (${key})`}
          >
            <Icon />
            <span className={styles.lensWords}>{words}</span>
          </button>
        ))}
      </fieldset>
      <RunMenu run={run} />
    </header>
  );
}

/** `41 s · 12 steps · 12.1k → 1.0k tokens · $0.04 · gpt-4o` */
function Sums({ run, tree, stepCount }: Pick<RunHeaderProps, "run" | "tree" | "stepCount">) {
  const liveness = traceLiveness(run);
  const startMs = instantMs(run.startTime);
  const causes = tree.causeIndexes.length;
  return (
    <ul className={styles.sums} aria-label="Sums of the run">
      <li title={`Started ${formatInstant(startMs)}`}>
        {run.running ? <Elapsed sinceMs={startMs} /> : formatDuration(run.durationMs ?? Number.NaN)}
        {liveness !== null && <LivenessMark liveness={liveness} />}
      </li>
      <li title={plural(tree.nodes.length, "span")}>
        {stepCount > 0 ? plural(stepCount, "step") : plural(tree.nodes.length, "span")}
      </li>
      {causes > 0 && (
        <li
          className={styles.error}
          title={`${plural(tree.errorIndexes.length, "span")} failed, those above a failing one counted`}
        >
          {plural(causes, "error")}
        </li>
      )}
      {(run.inputTokens > 0 || run.outputTokens > 0) && (
        <li title={`${formatExactCount(run.inputTokens)} tokens in, ${formatExactCount(run.outputTokens)} out`}>
          {formatCount(run.inputTokens)} → {formatCount(run.outputTokens)} tok
        </li>
      )}
      <Cost {...run} />
      {run.models.length > 0 && (
        <li title={run.models.map((model) => singleLine(model)).join(", ")}>
          <bdi>{singleLine(run.models[0]!.split("/").at(-1) ?? "", 40)}</bdi>
          {run.models.length > 1 && ` +${run.models.length - 1}`}
        </li>
      )}
      {run.service && (
        <li>
          <bdi>{singleLine(run.service, 40)}</bdi>
        </li>
      )}
    </ul>
  );
}

/** A run that counted tokens and knows no price says so: a missing figure reads like a free one. */
function Cost({ costUsd, inputTokens, outputTokens }: Pick<RunSummary, "costUsd" | "inputTokens" | "outputTokens">) {
  if (costUsd !== null) return costUsd > 0 ? <li title={`$${costUsd}`}>{formatCost(costUsd)}</li> : null;
  return inputTokens + outputTokens > 0 ? <li title="No price is known for its models">cost unknown</li> : null;
}
