/** The values of the traces that fit a list's filters: counted from their tallies, since an index counts all traces. */
import { type FacetField, type FacetValue, MAX_COUNTED_TRACES } from "@everspan/protocol";
import type { FacetsQuery, TraceFilter } from "../../store-queries.ts";
import { type MarkField, marksOf } from "../../trace-marks.ts";
import { parseTally } from "../../trace-tally.ts";
import { labelText } from "../schema/sql-text.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { TraceList } from "./trace-list.ts";

export class FacetCounts {
  readonly #list: TraceList;
  readonly #tally: Statement;

  constructor(database: Database, list: TraceList) {
    this.#list = list;
    this.#tally = database.prepare("SELECT tally FROM tallies WHERE trace = ?");
  }

  /** @throws ReadTimeoutError */
  list(
    project: number,
    filter: TraceFilter,
    { fields, prefix = "", limit }: FacetsQuery,
  ): Partial<Record<FacetField, readonly FacetValue[]>> {
    const counts = new Map<MarkField, Map<string, number>>(fields.map((field) => [field, new Map()]));
    const begin = prefix.toLowerCase();
    for (const trace of this.#list.numbers(project, { ...filter, limit: MAX_COUNTED_TRACES })) {
      const row = this.#tally.get(trace) as { tally: string } | undefined;
      if (row === undefined) continue;
      for (const [field, text] of marksOf(parseTally(row.tally), labelText).values()) {
        const values = counts.get(field);
        if (values === undefined || !text.toLowerCase().startsWith(begin)) continue;
        values.set(text, (values.get(text) ?? 0) + 1);
      }
    }
    return Object.fromEntries(fields.map((field) => [field, mostFrequent(counts.get(field)!, limit)]));
  }
}

function mostFrequent(counts: ReadonlyMap<string, number>, limit: number): FacetValue[] {
  return [...counts]
    .sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([value, count]) => ({ value, count }));
}
