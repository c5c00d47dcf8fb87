// biome-ignore-all lint/a11y/useSemanticElements: the head of a virtual grid; table elements can't be
// biome-ignore-all lint/a11y/useFocusableInteractive: what can be done with a heading is its button
import type { TraceSort } from "@everspan/protocol";
import { DownIcon, UpIcon } from "../marks/icons.tsx";
import type { ColumnLayout, RunColumn } from "./columns.tsx";
import styles from "./run-list.module.css";

interface ListHeadProps {
  readonly layout: ColumnLayout;
  readonly sort: TraceSort;
  readonly onSort: (sort: TraceSort) => void;
}

export function ListHead({ layout, sort, onSort }: ListHeadProps) {
  return (
    <div
      className={styles.head}
      role="row"
      aria-rowindex={1}
      style={{ gridTemplateColumns: `20px ${layout.template}` }}
    >
      <span role="columnheader">
        <span className="visually-hidden">Ticked</span>
      </span>
      {layout.columns.map((column) =>
        column.sortKey === undefined ? (
          <span key={column.key} role="columnheader" className={column.isNumber ? styles.number : styles.cell}>
            {column.key === "state" ? <span className="visually-hidden">{column.label}</span> : column.label}
          </span>
        ) : (
          <SortHeader key={column.key} column={column} sortKey={column.sortKey} sort={sort} onSort={onSort} />
        ),
      )}
    </div>
  );
}

interface SortHeaderProps {
  readonly column: RunColumn;
  readonly sortKey: NonNullable<RunColumn["sortKey"]>;
  readonly sort: TraceSort;
  readonly onSort: (sort: TraceSort) => void;
}

/** The first click sorts descending, the second ascending. */
function SortHeader({ column, sortKey, sort, onSort }: SortHeaderProps) {
  const direction = sort === sortKey ? "ascending" : sort === `-${sortKey}` ? "descending" : "none";
  return (
    <span role="columnheader" aria-sort={direction} className={column.isNumber ? styles.number : styles.cell}>
      <button
        type="button"
        className={styles.sort}
        tabIndex={-1}
        onClick={() => onSort(direction === "descending" ? sortKey : `-${sortKey}`)}
      >
        {column.label}
        {direction === "descending" ? <DownIcon /> : direction === "ascending" ? <UpIcon /> : null}
      </button>
    </span>
  );
}
