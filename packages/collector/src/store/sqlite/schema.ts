/**
 * The tables of a store file and how an older file becomes a newer one. `docs/formats/store.md` describes them.
 * A migration is never edited once released; each runs in one transaction with the number that says it ran.
 */
import type { Database } from "./sqlite.ts";

/** "Evsp": tells a store file from any other SQLite file. */
const APPLICATION_ID = 0x45767370;

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE traces (
    project TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    service TEXT,
    status TEXT NOT NULL,
    running INTEGER NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER,
    duration_us INTEGER NOT NULL,
    span_count INTEGER NOT NULL,
    error_count INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    types TEXT NOT NULL,
    tally TEXT NOT NULL,
    PRIMARY KEY (project, trace_id)
  );
  CREATE INDEX traces_by_start ON traces (project, start_us, trace_id);
  CREATE INDEX traces_by_duration ON traces (project, duration_us, trace_id);

  CREATE TABLE spans (
    project TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    rank INTEGER NOT NULL,
    parent_id TEXT,
    task_id TEXT,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER,
    model TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost_usd REAL,
    details TEXT,
    input TEXT,
    input_bytes INTEGER,
    output TEXT,
    output_bytes INTEGER,
    data TEXT,
    data_bytes INTEGER,
    PRIMARY KEY (project, trace_id, span_id)
  );
  CREATE INDEX spans_by_id ON spans (project, span_id);
  CREATE INDEX spans_by_task ON spans (project, task_id) WHERE task_id IS NOT NULL;

  CREATE TABLE blobs (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (project, name)
  );
  `,
  `
  CREATE TABLE producers (
    project TEXT NOT NULL,
    producer_id TEXT NOT NULL,
    state TEXT NOT NULL,
    words INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    highest_seq INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    service TEXT,
    report TEXT NOT NULL,
    received TEXT NOT NULL,
    PRIMARY KEY (project, producer_id)
  );
  CREATE INDEX producers_by_seen ON producers (project, seen_ms);
  ALTER TABLE spans ADD COLUMN producer_id TEXT;
  CREATE INDEX spans_open_by_producer ON spans (project, producer_id, trace_id) WHERE end_us IS NULL;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings a store file to `SCHEMA_VERSION`. @throws Error that says why this file can't be used */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  const version = pragmaNumber(database, "user_version");
  if (version > migrations.length) {
    throw new Error(
      `the store was written by a newer Everspan (format ${version}, this one knows ${migrations.length}): use that version or another data directory`,
    );
  }
  if (version > 0 && pragmaNumber(database, "application_id") !== APPLICATION_ID) {
    throw new Error("the file is a SQLite database, but not a store of Everspan's");
  }
  for (let next = version; next < migrations.length; next++) runMigration(database, migrations[next]!, next + 1);
}

function runMigration(database: Database, sql: string, version: number): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(`${sql}; PRAGMA user_version = ${version}; PRAGMA application_id = ${APPLICATION_ID};`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function pragmaNumber(database: Database, name: "user_version" | "application_id"): number {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name]!;
}
