/** Above the list: the filter, its most frequent terms as buttons, and what is drawn. */
import type { RefObject } from "react";
import type { KnownValues } from "../../model/runs/filter-completion.ts";
import { termValue, withoutKey, withTerm } from "../../model/runs/run-filter.ts";
import { formatExactCount } from "../../model/text/format.ts";
import { setPreferences, usePreferences } from "../../state/browser/preferences.ts";
import { ColumnsIcon } from "../marks/icons.tsx";
import { RUN_COLUMNS } from "./columns.tsx";
import { FilterField } from "./filter-field.tsx";
import styles from "./run-toolbar.module.css";

interface RunToolbarProps {
  readonly filter: string;
  readonly known: KnownValues;
  readonly onFilter: (filter: string) => void;
  readonly onLeave: () => void;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly count: number;
  readonly hasMore: boolean;
}

const QUICK = [
  { words: "Errors", key: "status", value: "error" },
  { words: "Running", key: "status", value: "running" },
  { words: "Incomplete", key: "status", value: "partial" },
] as const;

export function RunToolbar(props: RunToolbarProps) {
  const { filter, known, onFilter, inputRef, count, hasMore } = props;
  return (
    <div className={styles.toolbar}>
      <FilterField value={filter} known={known} inputRef={inputRef} onChange={onFilter} onLeave={props.onLeave} />
      <fieldset className="segmented">
        <legend className="visually-hidden">Quick filters</legend>
        {QUICK.map(({ words, key, value }) => {
          const isOn = termValue(filter, key) === value;
          return (
            <button
              key={words}
              type="button"
              aria-pressed={isOn}
              onClick={() => onFilter(isOn ? withoutKey(filter, key) : withTerm(filter, key, value))}
            >
              {words}
            </button>
          );
        })}
      </fieldset>
      <span className={styles.count}>{count > 0 && `${formatExactCount(count)}${hasMore ? "+" : ""} shown`}</span>
      <FacetButton />
      <ColumnMenu />
    </div>
  );
}

function FacetButton() {
  const { hasFacets } = usePreferences();
  return (
    <button
      type="button"
      className="button ghost"
      aria-pressed={hasFacets}
      title="Values that the runs have (f)"
      onClick={() => setPreferences({ hasFacets: !hasFacets })}
    >
      Facets
    </button>
  );
}

function ColumnMenu() {
  const { density, hiddenColumns } = usePreferences();
  const toggle = (key: string) =>
    setPreferences({
      hiddenColumns: hiddenColumns.includes(key)
        ? hiddenColumns.filter((other) => other !== key)
        : [...hiddenColumns, key],
    });
  return (
    <>
      <button
        type="button"
        className="button ghost"
        popoverTarget="columns"
        aria-label="Columns and density"
        title="Columns and density"
      >
        <ColumnsIcon />
      </button>
      <div id="columns" popover="auto" className={styles.menu}>
        {RUN_COLUMNS.filter(({ isFixed }) => isFixed !== true).map(({ key, label }) => (
          <label key={key}>
            <input type="checkbox" checked={!hiddenColumns.includes(key)} onChange={() => toggle(key)} />
            {label}
          </label>
        ))}
        <label>
          <input
            type="checkbox"
            checked={density === "dense"}
            onChange={() => setPreferences({ density: density === "dense" ? "comfortable" : "dense" })}
          />
          Dense rows
        </label>
      </div>
    </>
  );
}
