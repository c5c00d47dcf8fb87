/** Spans by time and group, counted from the spans themselves: a span that was replaced counts once, as it stands. */
import { type AggregateGroup, type AggregatesResponse, formatTimestamp } from "@everspan/protocol";
import type { AggregatesQuery } from "../store-queries.ts";
import type { ClickHouseClient } from "./client.ts";

const HOUR_US = 3_600_000_000;
const BUCKET_HOURS = { hour: 1, day: 24 } as const;
/** Rows in one answer. */
const MAX_ROWS = 10_000;
/**
 * What a span's start may move by from one snapshot to the next. Rows are read that far beyond the window, so that a span
 * which moved is counted where it stands and not where it was.
 */
const MAX_MOVE_US = 24 * HOUR_US;

const COLUMNS: Readonly<Record<AggregateGroup, string>> = {
  service: "service_name",
  model: "model",
  tool: "tool",
  type: "type",
  name: "substringUTF8(if(tool = '', name, tool), 1, 64)",
};

interface Row {
  readonly bucket: number;
  readonly grouped: string;
  readonly spans: number;
  readonly failed: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly ended: number;
  readonly durations: readonly number[];
}

export async function readAggregates(
  client: ClickHouseClient,
  project: string,
  { fromMicros, toMicros, bucket, by }: AggregatesQuery,
): Promise<AggregatesResponse> {
  const bucketMicros = BUCKET_HOURS[bucket] * HOUR_US;
  const rows = await client.query<Row>(
    `SELECT intDiv(start_us, {bucket:Int64}) AS bucket, ${by === undefined ? "''" : COLUMNS[by]} AS grouped,
       count() AS spans, countIf(status = 'ERROR') AS failed, sum(toFloat64(ifNull(input_tokens, 0))) AS input_tokens,
       sum(toFloat64(ifNull(output_tokens, 0))) AS output_tokens, sum(ifNull(cost_usd, 0)) AS cost_usd,
       countIf(end_us IS NOT NULL) AS ended,
       quantilesTDigestIf(0.5, 0.9, 0.95, 0.99)(toFloat64(assumeNotNull(end_us) - start_us), end_us IS NOT NULL) AS durations
     FROM (SELECT start_us, end_us, status, service_name, model, tool, type, name, input_tokens, output_tokens, cost_usd
       FROM spans WHERE project = {project:String}
       AND start_us >= {from:Int64} - ${MAX_MOVE_US} AND start_us < {to:Int64} + ${MAX_MOVE_US}
       AND trace_id IN (SELECT trace_id FROM seals WHERE project = {project:String})
       ORDER BY version DESC LIMIT 1 BY trace_id, span_id)
     WHERE start_us >= {from:Int64} AND start_us < {to:Int64}
     GROUP BY bucket, grouped ORDER BY bucket, grouped LIMIT ${MAX_ROWS}`,
    {
      project,
      bucket: bucketMicros,
      from: Math.floor(fromMicros / HOUR_US) * HOUR_US,
      to: Math.ceil(toMicros / HOUR_US) * HOUR_US,
    },
  );
  return {
    bucketMs: bucketMicros / 1000,
    rows: rows.map((row) => ({
      time: formatTimestamp(row.bucket * bucketMicros),
      group: row.grouped === "" ? null : row.grouped,
      spanCount: row.spans,
      failedSpanCount: row.failed,
      inputTokens: bounded(row.input_tokens),
      outputTokens: bounded(row.output_tokens),
      costUsd: Math.round(bounded(row.cost_usd) * 1e12) / 1e12 || null,
      durationMs: row.ended === 0 ? null : percentiles(row.durations),
    })),
  };
}

function percentiles([p50, p90, p95, p99]: readonly number[]) {
  const milliseconds = (micros: number | undefined) => Math.max(0, Math.round(micros ?? 0)) / 1000;
  return { p50: milliseconds(p50), p90: milliseconds(p90), p95: milliseconds(p95), p99: milliseconds(p99) };
}

function bounded(sum: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, sum));
}
