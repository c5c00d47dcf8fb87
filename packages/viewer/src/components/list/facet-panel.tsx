/** The values that the runs of the list have, by field and with how many runs have them: a click adds one to the filter. */
import { type FacetValue, MAX_COUNTED_TRACES } from "@everspan/protocol";
import { termValue, withoutKey, withTerm } from "../../model/runs/run-filter.ts";
import { formatExactCount } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { useFacets } from "../../state/data/use-facets.ts";
import styles from "./facet-panel.module.css";

interface FacetPanelProps {
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
}

const FIELDS = ["status", "service", "model", "tool", "errorType", "user"] as const;
type Field = (typeof FIELDS)[number];

const TITLES: Readonly<Record<Field, string>> = {
  status: "Status",
  service: "Service",
  model: "Model",
  tool: "Tool",
  errorType: "Error",
  user: "User",
};
const MAX_VALUES = 8;

export function FacetPanel({ filter, onFilter }: FacetPanelProps) {
  const { value, error } = useFacets(FIELDS, filter);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <aside className={styles.panel} aria-label="Facets" tabIndex={0}>
      {error !== undefined && value === undefined && <p className="muted">They can't be loaded: {error.message}.</p>}
      {FIELDS.map((field) => (
        <Facet key={field} field={field} values={value?.facets[field] ?? []} filter={filter} onFilter={onFilter} />
      ))}
      {filter !== "" && (
        <p className="muted">
          Counted over the newest {formatExactCount(MAX_COUNTED_TRACES)} runs of the filter at most.
        </p>
      )}
    </aside>
  );
}

interface FacetProps extends FacetPanelProps {
  readonly field: Field;
  readonly values: readonly FacetValue[];
}

function Facet({ field, values, filter, onFilter }: FacetProps) {
  const chosen = termValue(filter, field);
  if (values.length === 0) return null;
  return (
    <fieldset className={styles.facet}>
      <legend>{TITLES[field]}</legend>
      {values.slice(0, MAX_VALUES).map(({ value, count }) => {
        const term = field === "status" ? value.toLowerCase() : value;
        const isOn = chosen === term;
        return (
          <button
            key={value}
            type="button"
            className={styles.value}
            aria-pressed={isOn}
            title={singleLine(value)}
            onClick={() => onFilter(isOn ? withoutKey(filter, field) : withTerm(filter, field, term))}
          >
            <bdi>{singleLine(term, 80)}</bdi>
            <span>{formatExactCount(count)}</span>
          </button>
        );
      })}
    </fieldset>
  );
}
