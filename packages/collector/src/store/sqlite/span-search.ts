/** A search for spans as one SQL condition. Lists travel as one JSON parameter each, so the statement does not grow. */
import type { SpanSearch } from "../trace-store.ts";
import type { SqlValue } from "./sqlite.ts";

export interface SearchCondition {
  /** Of the table `spans`. */
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** What the keys of the table find comes first; the rest is looked at span by span. */
const LISTS = [
  ["traceIds", "trace_id"],
  ["spanIds", "span_id"],
  ["taskIds", "task_id"],
  ["names", "spans.name"],
  ["types", "type"],
  ["statuses", "status"],
] as const;

export function searchCondition(project: string, search: SpanSearch): SearchCondition {
  const where = ["spans.project = ?"];
  const parameters: SqlValue[] = [project];
  for (const [field, column] of LISTS) {
    const values = search[field];
    if (values === undefined) continue;
    where.push(`${column} IN (SELECT value FROM json_each(?))`);
    parameters.push(JSON.stringify(values));
  }
  if (search.rootsOnly === true) where.push("parent_id IS NULL");
  return { sql: where.join(" AND "), parameters };
}
