/** Runs by a value that they have, with their sums; and failing runs by what they failed with. For the Overview. */
import type { RunSummary } from "../../api/run-summary.ts";
import { singleLine } from "../text/hostile-text.ts";
import { quantile } from "../trace/span-groups.ts";

export interface RunGroup {
  readonly value: string;
  readonly runs: readonly RunSummary[];
  readonly errorCount: number;
  readonly tokens: number;
  readonly costUsd: number;
  readonly p95Ms: number;
}

export function groupRuns(
  runs: readonly RunSummary[],
  valuesOf: (run: RunSummary) => readonly (string | null)[],
): readonly RunGroup[] {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    for (const value of new Set(valuesOf(run))) {
      if (value === null || value === "") continue;
      const known = groups.get(value);
      if (known === undefined) groups.set(value, [run]);
      else known.push(run);
    }
  }
  return [...groups].map(([value, members]) => groupOf(value, members)).sort((a, b) => b.runs.length - a.runs.length);
}

function groupOf(value: string, runs: readonly RunSummary[]): RunGroup {
  const durations = runs.flatMap(({ durationMs }) => durationMs ?? []).sort((a, b) => a - b);
  return {
    value,
    runs,
    errorCount: runs.filter(({ status }) => status === "ERROR").length,
    tokens: runs.reduce((sum, run) => sum + run.inputTokens + run.outputTokens, 0),
    costUsd: runs.reduce((sum, run) => sum + (run.costUsd ?? 0), 0),
    p95Ms: quantile(durations, 0.95),
  };
}

/** One fault in other words each time (an id, a number, an address) is one fault. */
export function faultPattern(run: RunSummary): string {
  const said = run.answered ?? "";
  const words = said === "" ? `${run.name} failed` : said;
  return singleLine(words, 160)
    .replace(/[0-9a-f]{8,}/gi, "…")
    .replace(/\d+/g, "#");
}
