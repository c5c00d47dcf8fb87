/** The values of the traces that fit a list's filters: counted from their tallies, since an index counts all traces. */
import { type FacetField, type FacetValue, MAX_COUNTED_TRACES } from "@everspan/protocol";
import type { FacetsQuery, TraceFilter } from "../../store-queries.ts";
import { type MarkField, textsOf } from "../../trace-marks.ts";
import { parseTally } from "../../trace-tally.ts";
import { labelText } from "../schema/sql-text.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { TraceList } from "./trace-list.ts";

export class FacetCounts {
  readonly #list: TraceList;
  readonly #tallies: Statement;

  constructor(database: Database, list: TraceList) {
    this.#list = list;
    this.#tallies = database.prepare(
      "SELECT tally FROM json_each(?) AS counted CROSS JOIN tallies ON tallies.trace = counted.value",
    );
  }

  /** @throws ReadTimeoutError */
  list(
    project: number,
    filter: TraceFilter,
    { fields, prefix = "", limit }: FacetsQuery,
  ): Partial<Record<FacetField, readonly FacetValue[]>> {
    const counts = new Map<MarkField, Map<string, number>>(fields.map((field) => [field, new Map()]));
    const traces = this.#list.numbers(project, { ...filter, limit: MAX_COUNTED_TRACES });
    for (const row of this.#tallies.iterate(JSON.stringify(traces))) {
      const tally = parseTally((row as { tally: string }).tally);
      for (const [field, values] of counts) {
        for (const text of labelsOf(textsOf(tally, field))) values.set(text, (values.get(text) ?? 0) + 1);
      }
    }
    return Object.fromEntries(
      fields.map((field) => [field, mostFrequent(counts.get(field)!, prefix.toLowerCase(), limit)]),
    );
  }
}

/** Each of them once: two texts may have one label. */
function labelsOf(texts: readonly string[]): Iterable<string> {
  return texts.length === 1 ? [labelText(texts[0]!)] : new Set(texts.map(labelText));
}

function mostFrequent(counts: ReadonlyMap<string, number>, begin: string, limit: number): FacetValue[] {
  return [...counts]
    .filter(([text]) => text.toLowerCase().startsWith(begin))
    .sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([value, count]) => ({ value, count }));
}
