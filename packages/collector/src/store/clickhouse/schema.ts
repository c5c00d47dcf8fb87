/**
 * The tables, and how an older schema becomes the newest. Each step may run twice and beside itself: several collectors
 * may start together, and none may die halfway with a schema that no other can go on from.
 *
 * - `spans`: one row a snapshot. Of the rows with one key that with the greatest `version` stands (`versions.ts`), whether
 *   ClickHouse has merged them already or not: every question takes it by `LIMIT 1 BY`, never by the merge alone.
 * - `blobs`: large parts of payloads, by their trace and named by their content.
 * - `pieces`: spans that come in pieces, as they came; `spans` has what they make together.
 * - `touches`: which trace was written when, after its spans are there. What is newer than its seal must be summed up.
 * - `seals`: a trace's summary, the newest stands.
 * - `producers`: what each collector knows of a process; together they say how it is.
 * - `losses`, `pins`, `tombstones`: records dropped by a producer, traces that stay, traces that were deleted.
 *
 * Rows lie in partitions by the day of their arrival, so that what is retired together lies together.
 */
import type { ClickHouseClient } from "./client.ts";

/** The tables with rows of single traces, which go when a trace goes. */
export const TRACE_TABLES = ["spans", "blobs", "pieces", "touches", "seals", "losses", "pins"] as const;

interface Table {
  readonly name: string;
  /** Of the rows with one key, what stands is chosen by this column; without it one of them. */
  readonly version?: string;
  readonly columns: string;
  readonly key: string;
  readonly partition?: string;
  readonly ttl?: string;
  /** Rows between two marks of the index. Default 8192. */
  readonly granularity?: number;
}

const ARRIVAL_DAY = "toDate(fromUnixTimestamp64Micro(arrived))";

const TABLES: readonly Table[] = [
  {
    name: "spans",
    version: "version",
    columns: `project LowCardinality(String), trace_id String, span_id String, version UInt128, arrived Int64,
      revision UInt64, start_us Int64, end_us Nullable(Int64), parent Nullable(String), task Nullable(String), name String,
      type LowCardinality(String), status LowCardinality(String), service Nullable(String), producer LowCardinality(String),
      service_name LowCardinality(String), tool LowCardinality(String), model LowCardinality(String),
      input_tokens Nullable(Int64), output_tokens Nullable(Int64), cost_usd Nullable(Float64), reading String,
      error Nullable(String) CODEC(ZSTD(3)), obs Nullable(String), input Nullable(String) CODEC(ZSTD(3)),
      output Nullable(String) CODEC(ZSTD(3)), data Nullable(String) CODEC(ZSTD(3)), text String CODEC(ZSTD(3)), words Array(String) CODEC(ZSTD(3)),
      INDEX by_span span_id TYPE bloom_filter(0.01) GRANULARITY 1, INDEX by_task task TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX by_start start_us TYPE minmax GRANULARITY 1, INDEX by_word words TYPE text(tokenizer = 'array')`,
    key: "project, trace_id, span_id",
    partition: ARRIVAL_DAY,
    granularity: 1024,
  },
  {
    name: "blobs",
    columns:
      "project LowCardinality(String), trace_id String, name UInt128, arrived Int64, content String CODEC(ZSTD(3))",
    key: "project, trace_id, name",
    partition: ARRIVAL_DAY,
    granularity: 64,
  },
  {
    name: "pieces",
    columns: `project LowCardinality(String), trace_id String, span_id String, piece UInt128, arrived Int64,
      snapshot String CODEC(ZSTD(3))`,
    key: "project, trace_id, span_id, piece",
    partition: ARRIVAL_DAY,
    granularity: 1024,
  },
  {
    name: "touches",
    columns: `project LowCardinality(String), trace_id String,
      noted Int64 DEFAULT toUnixTimestamp64Micro(now64(6))`,
    key: "noted, project, trace_id",
    partition: "toDate(fromUnixTimestamp64Micro(noted))",
    ttl: "toDateTime(fromUnixTimestamp64Micro(noted)) + INTERVAL 30 DAY",
  },
  {
    name: "seals",
    version: "sealed",
    columns: `project LowCardinality(String), trace_id String, sealed Int64, noted Int64, revision Int64, start_us Int64,
      duration_us Int64, span_count UInt64, error_count UInt64, tokens UInt64, cost_usd Float64, folded_name String,
      is_running UInt8, is_held UInt8, is_pinned UInt8, marks Array(String), open_producers Array(String),
      summary String CODEC(ZSTD(3)), INDEX by_mark marks TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX by_start start_us TYPE minmax GRANULARITY 1`,
    key: "project, trace_id",
    granularity: 1024,
  },
  {
    name: "producers",
    version: "updated",
    columns: `project LowCardinality(String), producer_id String, collector String, updated Int64, reports UInt64,
      news UInt64, batch Int64, is_final UInt8, highest_seq Int64, seen_ms Int64, service Nullable(String), report String,
      received String, told_state LowCardinality(String), told_news UInt64, told_at Int64`,
    key: "project, producer_id, collector",
  },
  {
    name: "losses",
    version: "records",
    columns:
      "project LowCardinality(String), trace_id String, producer_id String, collector String, report UInt64, records Int64",
    key: "project, trace_id, producer_id, collector, report",
  },
  {
    name: "pins",
    version: "at",
    columns: "project LowCardinality(String), trace_id String, is_pinned UInt8, at Int64",
    key: "project, trace_id",
  },
  {
    name: "tombstones",
    version: "until_ms",
    columns: `project LowCardinality(String), trace_id String, until_ms Int64,
      noted Int64 DEFAULT toUnixTimestamp64Micro(now64(6))`,
    key: "project, trace_id",
    ttl: "toDateTime(fromUnixTimestamp64Micro(noted)) + INTERVAL 30 DAY",
  },
];

/** Steps from one version of the schema to the next, in order; the first makes all. Only add to it. */
const STEPS: readonly ((cluster: string | undefined) => readonly string[])[] = [
  (cluster) => TABLES.map((table) => createTable(table, cluster)),
];

export const SCHEMA_VERSION = STEPS.length;

/** @throws StoreUnavailableError; Error when the schema is one of a newer version */
export async function migrate(client: ClickHouseClient): Promise<void> {
  const { database, cluster } = client.address;
  await client.command(`CREATE DATABASE IF NOT EXISTS ${database}${onCluster(cluster)}`, {}, { database: "default" });
  const versions = { name: "schema_versions", columns: "version UInt32", key: "version" };
  await client.command(createTable(versions, cluster));
  const found = await client.query<{ version: number }>("SELECT max(version) AS version FROM schema_versions");
  const version = found[0]?.version ?? 0;
  if (version > SCHEMA_VERSION) {
    throw new Error(`database ${database} has schema ${version}, and this version of Everspan knows ${SCHEMA_VERSION}`);
  }
  for (const [index, step] of STEPS.entries()) {
    if (index < version) continue;
    for (const statement of step(cluster)) await client.command(statement);
    await client.insert("schema_versions", [JSON.stringify({ version: index + 1 })]);
  }
}

function createTable({ name, version, columns, key, partition, ttl, granularity = 8192 }: Table, cluster?: string) {
  // Every node has all of the cluster's rows: the path has no shard.
  const place = cluster === undefined ? [] : [`'/clickhouse/tables/{database}/${name}'`, "'{replica}'"];
  const parts = [...place, ...(version === undefined ? [] : [version])].join(", ");
  const engine = `${cluster === undefined ? "" : "Replicated"}ReplacingMergeTree(${parts})`;
  return `CREATE TABLE IF NOT EXISTS ${name}${onCluster(cluster)} (${columns}) ENGINE = ${engine}
    ${partition === undefined ? "" : `PARTITION BY ${partition}`} ORDER BY (${key})
    ${ttl === undefined ? "" : `TTL ${ttl}`}
    SETTINGS index_granularity = ${granularity}${ttl === undefined ? "" : ", ttl_only_drop_parts = 1"}`;
}

function onCluster(cluster: string | undefined): string {
  return cluster === undefined ? "" : ` ON CLUSTER ${cluster}`;
}
