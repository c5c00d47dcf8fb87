/** A run as it is read: step by step, what was said and what the tools did. Only the rows in view exist. */
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import { previousModelCall } from "../../model/said/previous-call.ts";
import { historyChange, type SentBySpan } from "../../model/story/history-change.ts";
import { type Story, type StoryRow, storyRowOf } from "../../model/story/story.ts";
import { formatDuration, plural } from "../../model/text/format.ts";
import type { SpanTree } from "../../model/trace/span-tree.ts";
import { useIdle } from "../../state/browser/idle.ts";
import { usePrinted } from "../../state/browser/use-printed.ts";
import type { RunActions } from "../../state/run/use-run-actions.ts";
import { ChapterRow } from "./chapter-row.tsx";
import { SpanLine } from "./span-line.tsx";
import { StepCard } from "./step-card.tsx";
import styles from "./story.module.css";

interface StoryViewProps {
  readonly tree: SpanTree;
  readonly story: Story;
  /** What each call was sent, as far as it is known. */
  readonly sent: SentBySpan;
  readonly matches: readonly number[];
  readonly selectedIndex: number | undefined;
  readonly endMs: number;
  readonly mainRef: RefObject<HTMLElement | null>;
  readonly actions: RunActions;
}

/** Rather too high than too low: what is drawn beyond the window is drawn for nothing. */
const ESTIMATES: Readonly<Record<StoryRow["kind"], number>> = { step: 300, agent: 44, span: 34, gap: 30 };
/** The step above which a story tells what was asked. */
const FIRST_STEP_ESTIMATE = 560;
/** Drawn beyond the window once the page is idle: the first picture is of what is seen. */
const OVERSCAN = 2;
/** Of the window's height, until the story has been measured. */
const SHARE_OF_WINDOW = 0.75;

export function StoryView(props: StoryViewProps) {
  const { tree, story, selectedIndex, mainRef } = props;
  const { rows } = story;
  const firstStep = useMemo(() => rows.findIndex(({ kind }) => kind === "step"), [rows]);
  const isIdle = useIdle();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => mainRef.current,
    estimateSize: (index) => (index === firstStep ? FIRST_STEP_ESTIMATE : ESTIMATES[rows[index]!.kind]),
    getItemKey: (index) => rowKey(rows[index]!),
    overscan: isIdle ? OVERSCAN : 0,
    initialRect: { width: 800, height: window.innerHeight * SHARE_OF_WINDOW },
  });
  const selectedRow = selectedIndex === undefined ? -1 : storyRowOf(story, tree, selectedIndex);
  useKeepInView(virtualizer, mainRef, selectedIndex, selectedRow);
  const shared = useShared(props);
  const isPrinted = usePrinted();
  if (isPrinted) return <PrintedStory {...props} {...shared} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: one stop for the Tab key; arrows move through the story
    <section ref={mainRef} className={styles.story} tabIndex={0} aria-label="Story" data-testid="story">
      <div className={styles.rows} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtualizer.measureElement}
            data-index={item.index}
            className={styles.row}
            style={{ transform: `translateY(${item.start}px)`, paddingLeft: `${16 + rows[item.index]!.depth * 24}px` }}
          >
            <RowView row={rows[item.index]!} {...props} {...shared} />
          </div>
        ))}
      </div>
    </section>
  );
}

/** More pages than anybody prints. */
const MAX_PRINTED_ROWS = 2_000;

/** On paper all rows follow one another. */
function PrintedStory(props: Omit<RowViewProps, "row">) {
  const { rows } = props.story;
  return (
    <section className={styles.printed} aria-label="Story">
      {rows.slice(0, MAX_PRINTED_ROWS).map((row) => (
        <div key={rowKey(row)} style={{ paddingLeft: `${16 + row.depth * 24}px` }}>
          <RowView row={row} {...props} />
        </div>
      ))}
      {rows.length > MAX_PRINTED_ROWS && (
        <p className={styles.gap}>{plural(rows.length - MAX_PRINTED_ROWS, "more row")} not printed</p>
      )}
    </section>
  );
}

function rowKey(row: StoryRow): string {
  return row.kind === "gap" ? `gap ${row.afterIndex}` : row.node.span.id;
}

/** What every row is drawn with. */
function useShared({ tree, story, matches }: StoryViewProps) {
  const matching = useMemo(() => new Set(matches), [matches]);
  const mostTokens = useMemo(
    () => Math.max(1, ...story.rows.map((row) => (row.kind === "step" ? row.node.usage.inputTokens : 0))),
    [story],
  );
  const runMs = Math.max(1, tree.endMs - tree.startMs);
  return { matching, mostTokens, runMs };
}

function useKeepInView(
  virtualizer: Virtualizer<HTMLElement, Element>,
  main: RefObject<HTMLElement | null>,
  selectedIndex: number | undefined,
  selectedRow: number,
): void {
  const last = useRef<number | undefined>(undefined);
  useEffect(() => {
    const isFirst = last.current === undefined;
    const hasChanged = last.current !== selectedIndex;
    last.current = selectedIndex;
    if (!hasChanged || selectedRow < 0) return;
    virtualizer.scrollToIndex(selectedRow, { align: isFirst ? "start" : "auto" });
    // A step may be higher than the window: the part of it that is selected is what must be seen.
    requestAnimationFrame(() =>
      main.current?.querySelector("[data-selected=true]")?.scrollIntoView({ block: "nearest" }),
    );
  }, [selectedIndex, selectedRow, virtualizer, main]);
}

interface RowViewProps extends StoryViewProps {
  readonly row: StoryRow;
  readonly matching: ReadonlySet<number>;
  readonly mostTokens: number;
  readonly runMs: number;
}

function RowView(props: RowViewProps) {
  const { row, tree, selectedIndex, matching, actions, runMs } = props;
  switch (row.kind) {
    case "step":
      return <StepRow {...props} row={row} />;
    case "agent":
      return (
        <ChapterRow
          tree={tree}
          row={row}
          isSelected={row.node.index === selectedIndex}
          onSelect={actions.select}
          onFold={actions.fold}
        />
      );
    case "span":
      return (
        <SpanLine
          tree={tree}
          node={row.node}
          isSelected={row.node.index === selectedIndex}
          isMatch={matching.has(row.node.index)}
          onSelect={actions.select}
        />
      );
    case "gap":
      return (
        <p className={styles.gap}>
          {formatDuration(row.ms)} in which nothing was recorded ({Math.round((row.ms / runMs) * 100)} % of the run)
        </p>
      );
  }
}

function StepRow(props: RowViewProps & { readonly row: Extract<StoryRow, { kind: "step" }> }) {
  const { row, tree, sent, selectedIndex, matching, mostTokens, actions } = props;
  const { node } = row;
  const before = useMemo(() => previousModelCall(tree, node), [tree, node]);
  const change = useMemo(
    () => (before === undefined ? null : historyChange(sent.get(before.span.id), sent.get(node.span.id))),
    [sent, before, node],
  );
  return (
    <StepCard
      tree={tree}
      row={row}
      selectedIndex={selectedIndex}
      matching={matching}
      mostTokens={mostTokens}
      before={before}
      change={change}
      onSelect={actions.select}
    />
  );
}
