import type { RefObject } from "react";
import type { TraceStatusFilter } from "../../api/collector-client.ts";
import { formatExactCount } from "../../model/format.ts";
import { singleLine } from "../../model/hostile-text.ts";
import { type ListView, STATUS_FILTERS } from "../../state/list-address.ts";
import { CloseIcon } from "../icons.tsx";
import { SearchField } from "../search-field.tsx";

interface ListToolbarProps {
  readonly view: ListView;
  readonly onChange: (change: Partial<ListView>) => void;
  readonly searchRef: RefObject<HTMLInputElement | null>;
  readonly count: number;
  readonly hasMore: boolean;
}

const STATUS_LABELS: Readonly<Record<TraceStatusFilter, string>> = {
  OK: "OK",
  ERROR: "Error",
  CANCELED: "Canceled",
  RUNNING: "Running",
};

export function ListToolbar({ view, onChange, searchRef, count, hasMore }: ListToolbarProps) {
  return (
    <div className="list-toolbar">
      <SearchField
        value={view.q}
        onChange={(q) => onChange({ q })}
        label="Search by name or trace id"
        inputRef={searchRef}
      />
      <fieldset className="segmented">
        <legend className="visually-hidden">Status</legend>
        {[null, ...STATUS_FILTERS].map((status) => (
          <button
            key={status ?? "all"}
            type="button"
            aria-pressed={view.status === status}
            onClick={() => onChange({ status })}
          >
            {status !== null && (
              <span className="status-mark" data-state={status.toLowerCase()} aria-hidden="true">
                <span className="status-dot" />
              </span>
            )}
            {status === null ? "All" : STATUS_LABELS[status]}
          </button>
        ))}
      </fieldset>
      {view.service !== null && (
        <button type="button" className="button small" onClick={() => onChange({ service: null })}>
          <bdi>{singleLine(view.service)}</bdi>
          <CloseIcon />
        </button>
      )}
      <span className="list-count muted">{count > 0 && `${formatExactCount(count)}${hasMore ? "+" : ""} shown`}</span>
    </div>
  );
}
