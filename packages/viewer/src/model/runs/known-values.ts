/** Values of the filter's keys that occur in the runs at hand, most frequent first: for completion. */
import type { RunSummary } from "../../api/run-summary.ts";
import type { KnownValues } from "./filter-completion.ts";
import type { FilterKey } from "./run-filter.ts";

const READERS: Partial<Readonly<Record<FilterKey, (run: RunSummary) => readonly (string | null | undefined)[]>>> = {
  service: (run) => [run.service],
  model: (run) => run.models,
  user: (run) => [run.user],
  session: (run) => [run.session],
  environment: (run) => [run.environment],
  tag: (run) => run.tags,
};

export function knownValues(runs: readonly RunSummary[]): KnownValues {
  return (key) => {
    const read = READERS[key];
    if (read === undefined) return [];
    const counts = new Map<string, number>();
    for (const value of runs.flatMap(read)) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
  };
}
