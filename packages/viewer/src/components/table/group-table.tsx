/** A run's spans by name and type, with their sums; a row leads to its longest span. */
import { type RefObject, useMemo, useState } from "react";
import { formatCost, formatCount, formatDuration, formatExactCount } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import {
  durationOf,
  type GroupSortKey,
  type SpanGroup,
  sortedGroups,
  spanGroups,
} from "../../model/trace/span-groups.ts";
import { spanKind, spanTypeLabel } from "../../model/trace/span-kind.ts";
import type { SpanTree } from "../../model/trace/span-tree.ts";
import { DownIcon, KindIcon, UpIcon } from "../marks/icons.tsx";
import styles from "./group-table.module.css";

interface GroupTableProps {
  readonly tree: SpanTree;
  readonly mainRef: RefObject<HTMLDivElement | null>;
  readonly selectedIndex: number | undefined;
  readonly onSelect: (nodeIndex: number) => void;
}

interface GroupColumn {
  readonly key: GroupSortKey;
  readonly label: string;
  readonly cell: (group: SpanGroup) => string;
}

const COLUMNS: readonly GroupColumn[] = [
  { key: "count", label: "Count", cell: ({ count }) => formatExactCount(count) },
  { key: "totalMs", label: "Total", cell: ({ totalMs }) => formatDuration(totalMs) },
  { key: "selfMs", label: "Own", cell: ({ selfMs }) => formatDuration(selfMs) },
  { key: "p50Ms", label: "p50", cell: ({ p50Ms }) => formatDuration(p50Ms) },
  { key: "p95Ms", label: "p95", cell: ({ p95Ms }) => formatDuration(p95Ms) },
  {
    key: "tokens",
    label: "Tokens",
    cell: ({ inputTokens, outputTokens }) =>
      inputTokens + outputTokens > 0 ? `${formatCount(inputTokens)} → ${formatCount(outputTokens)}` : "",
  },
  { key: "costUsd", label: "Cost", cell: ({ costUsd }) => (costUsd > 0 ? formatCost(costUsd) : "") },
  {
    key: "errorCount",
    label: "Errors",
    cell: ({ errorCount }) => (errorCount > 0 ? formatExactCount(errorCount) : ""),
  },
];

/** More names than a person reads: the rest is behind a button. */
const ROWS_AT_FIRST = 200;

export function GroupTable({ tree, mainRef, selectedIndex, onSelect }: GroupTableProps) {
  const [sort, setSort] = useState<{ readonly key: GroupSortKey; readonly isDescending: boolean }>({
    key: "selfMs",
    isDescending: true,
  });
  const [shown, setShown] = useState(ROWS_AT_FIRST);
  const groups = useMemo(() => spanGroups(tree), [tree]);
  const sorted = useMemo(() => sortedGroups(groups, sort.key, sort.isDescending), [groups, sort]);
  const selectedKey = selectedIndex === undefined ? undefined : keyOf(tree, selectedIndex);
  const sortBy = (key: GroupSortKey) =>
    setSort({ key, isDescending: sort.key === key ? !sort.isDescending : key !== "name" });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <div ref={mainRef} className={styles.frame} tabIndex={0}>
      <table className={styles.table} aria-label="Spans by name and type">
        <thead>
          <tr>
            <Heading label="Name" sortKey="name" sort={sort} onSort={sortBy} />
            {COLUMNS.map(({ key, label }) => (
              <Heading key={key} label={label} sortKey={key} sort={sort} onSort={sortBy} isNumber />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, shown).map((group) => (
            <GroupRow
              key={group.key}
              group={group}
              isSelected={group.key === selectedKey}
              onSelect={() => onSelect(longestOf(group, tree))}
            />
          ))}
        </tbody>
      </table>
      {shown < sorted.length && (
        <button type="button" className="show-more" onClick={() => setShown(shown * 5)}>
          {formatExactCount(sorted.length - shown)} more names
        </button>
      )}
    </div>
  );
}

function keyOf(tree: SpanTree, index: number): string {
  const { type, name } = tree.nodes[index]!.span;
  return `${type}\u0000${name}`;
}

function longestOf({ indexes }: SpanGroup, tree: SpanTree): number {
  return indexes.reduce((a, b) => (durationOf(tree.nodes[b]!, tree) > durationOf(tree.nodes[a]!, tree) ? b : a));
}

interface HeadingProps {
  readonly label: string;
  readonly sortKey: GroupSortKey;
  readonly sort: { readonly key: GroupSortKey; readonly isDescending: boolean };
  readonly onSort: (key: GroupSortKey) => void;
  readonly isNumber?: boolean;
}

function Heading({ label, sortKey, sort, onSort, isNumber = false }: HeadingProps) {
  const isSorted = sort.key === sortKey;
  const direction = isSorted ? (sort.isDescending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" aria-sort={direction} className={isNumber ? styles.number : undefined} data-column={sortKey}>
      <button type="button" className={styles.sort} onClick={() => onSort(sortKey)}>
        {label}
        {isSorted && (sort.isDescending ? <DownIcon /> : <UpIcon />)}
      </button>
    </th>
  );
}

interface GroupRowProps {
  readonly group: SpanGroup;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}

function GroupRow({ group, isSelected, onSelect }: GroupRowProps) {
  return (
    <tr data-testid="group-row" data-selected={isSelected} data-error={group.errorCount > 0}>
      <th scope="row">
        <button type="button" className={styles.name} onClick={onSelect} title="Go to the longest of them">
          <KindIcon kind={spanKind(group.type)} />
          <bdi>{singleLine(group.name, 120) || "Unnamed"}</bdi>
          <span className="muted">{spanTypeLabel(group.type)}</span>
        </button>
      </th>
      {COLUMNS.map(({ key, cell }) => (
        <td key={key} className={styles.number} data-column={key}>
          {cell(group)}
        </td>
      ))}
    </tr>
  );
}
