/**
 * The tables of a store file, format 3. `docs/formats/store.md` describes them. A file of format 1 or 2 is not changed
 * but moved over, see `format-2.ts`; a later change of format 3 is a migration in the list below.
 */
import type { Database } from "./sqlite.ts";

/** "Evsp": tells a store file from any other SQLite file. */
export const APPLICATION_ID = 0x45767370;

/** The first format whose files this version writes. */
export const BASE_FORMAT = 3;

const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE projects (project INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE words (word INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

  CREATE TABLE traces (
    trace INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    trace_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    arrived_ms INTEGER NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0,
    stale INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    start_us INTEGER NOT NULL,
    end_us INTEGER,
    duration_us INTEGER NOT NULL,
    span_count INTEGER NOT NULL,
    error_count INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    name TEXT NOT NULL,
    running INTEGER NOT NULL,
    summary TEXT NOT NULL,
    UNIQUE (project, trace_id)
  );
  CREATE INDEX traces_by_start ON traces (project, start_us);
  CREATE INDEX traces_by_duration ON traces (project, duration_us);
  CREATE INDEX traces_by_spans ON traces (project, span_count);
  CREATE INDEX traces_by_errors ON traces (project, error_count);
  CREATE INDEX traces_by_tokens ON traces (project, tokens);
  CREATE INDEX traces_by_cost ON traces (project, cost_usd);
  CREATE INDEX traces_by_arrival ON traces (project, arrived_ms);
  CREATE INDEX traces_stale ON traces (arrived_ms) WHERE stale = 1;
  CREATE TABLE tallies (trace INTEGER PRIMARY KEY, tally TEXT NOT NULL);
  CREATE TABLE counters (project INTEGER PRIMARY KEY, traces INTEGER NOT NULL, spans INTEGER NOT NULL, running INTEGER NOT NULL);

  CREATE TABLE facets (
    value INTEGER PRIMARY KEY,
    project INTEGER NOT NULL,
    field INTEGER NOT NULL,
    text TEXT NOT NULL,
    traces INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    UNIQUE (project, field, text)
  );
  CREATE INDEX facets_by_traces ON facets (project, field, traces);
  -- 6: sessions, which are listed by it.
  CREATE INDEX facets_by_last ON facets (project, last_us) WHERE field = 6;
  CREATE TABLE marks (value INTEGER NOT NULL, start_us INTEGER NOT NULL, trace INTEGER NOT NULL,
    PRIMARY KEY (value, start_us, trace)) WITHOUT ROWID;

  CREATE TABLE spans (
    trace INTEGER NOT NULL,
    start_us INTEGER NOT NULL,
    span BLOB NOT NULL,
    changed INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    duration_us INTEGER,
    parent BLOB,
    task TEXT,
    name NOT NULL,
    type INTEGER NOT NULL,
    status INTEGER NOT NULL,
    model,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost_usd REAL,
    service,
    producer INTEGER,
    reading TEXT,
    body INTEGER,
    PRIMARY KEY (trace, start_us, span)
  ) WITHOUT ROWID;
  CREATE INDEX spans_by_id ON spans (span, trace);
  CREATE INDEX spans_by_task ON spans (task) WHERE task IS NOT NULL;
  CREATE INDEX spans_open ON spans (producer, trace) WHERE duration_us IS NULL AND producer IS NOT NULL;

  CREATE TABLE frames (
    frame INTEGER PRIMARY KEY AUTOINCREMENT,
    trace INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    codec INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    names BLOB NOT NULL,
    content BLOB NOT NULL
  );
  CREATE UNIQUE INDEX frames_by_trace ON frames (trace, kind, first);
  CREATE INDEX frames_open ON frames (trace) WHERE codec = 0;

  CREATE TABLE producers (
    producer INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    producer_id TEXT NOT NULL,
    state TEXT NOT NULL,
    reports INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    highest_seq INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    service TEXT,
    report TEXT NOT NULL,
    received TEXT NOT NULL,
    forgotten INTEGER NOT NULL DEFAULT 0,
    UNIQUE (project, producer_id)
  );
  CREATE INDEX producers_by_seen ON producers (project, seen_ms) WHERE forgotten = 0;

  CREATE TABLE rollups (
    project INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    service TEXT NOT NULL,
    model TEXT NOT NULL,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    spans INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    durations TEXT NOT NULL,
    PRIMARY KEY (project, hour, service, model, type, name)
  ) WITHOUT ROWID;

  CREATE TABLE docs (
    doc INTEGER PRIMARY KEY,
    from_us INTEGER NOT NULL,
    from_span BLOB NOT NULL,
    to_us INTEGER NOT NULL,
    to_span BLOB NOT NULL,
    after INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    first INTEGER NOT NULL
  );
  CREATE TABLE unindexed (
    trace INTEGER PRIMARY KEY,
    after INTEGER NOT NULL,
    upto INTEGER,
    at_us INTEGER,
    at_span BLOB,
    first INTEGER NOT NULL,
    next_first INTEGER,
    from_us INTEGER NOT NULL,
    to_us INTEGER NOT NULL,
    since_ms INTEGER NOT NULL
  );
  CREATE INDEX unindexed_by_age ON unindexed (since_ms);
  CREATE VIRTUAL TABLE texts USING fts5(text, content = '', contentless_delete = 1, detail = none,
    tokenize = 'unicode61 remove_diacritics 2');
  CREATE VIRTUAL TABLE trace_names USING fts5(name, content = '', contentless_delete = 1, tokenize = 'trigram');

  CREATE TABLE tombstones (project INTEGER NOT NULL, trace_id BLOB NOT NULL, until_ms INTEGER NOT NULL,
    PRIMARY KEY (project, trace_id)) WITHOUT ROWID;
  CREATE INDEX tombstones_by_end ON tombstones (until_ms);
`;

/** Changes of a file of format 3 to 4, 4 to 5, and so on. Each runs in one transaction with its number. */
const MIGRATIONS: readonly string[] = [
  // 4: ids are spread over all values, so that each span touched a page of its own in an index of all of them.
  "DROP INDEX spans_by_id; CREATE INDEX spans_by_id ON spans (trace >> 8, span)",
  // 5: rollups added up behind the writes; of what is there, each hour and each day is still to be added up.
  `CREATE TABLE IF NOT EXISTS rollup_sums (
    project INTEGER NOT NULL,
    hours INTEGER NOT NULL,
    field INTEGER NOT NULL,
    start INTEGER NOT NULL,
    value TEXT NOT NULL,
    spans INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    durations TEXT NOT NULL,
    PRIMARY KEY (project, hours, field, start, value)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS unsummed (project INTEGER NOT NULL, hours INTEGER NOT NULL, start INTEGER NOT NULL,
    PRIMARY KEY (project, hours, start)) WITHOUT ROWID;
  WITH RECURSIVE filled (project, hour) AS (
    SELECT project, (SELECT min(hour) FROM rollups WHERE rollups.project = projects.project) FROM projects
    UNION ALL SELECT project,
      (SELECT min(hour) FROM rollups WHERE rollups.project = filled.project AND rollups.hour > filled.hour)
    FROM filled WHERE hour IS NOT NULL
  )
  INSERT OR IGNORE INTO unsummed SELECT project, 1, hour FROM filled WHERE hour IS NOT NULL;
  INSERT OR IGNORE INTO unsummed
    SELECT DISTINCT project, 24, start - ((start % 24) + 24) % 24 FROM unsummed WHERE hours = 1`,
];

/** The format of the files that this version writes. */
export const NEWEST_FORMAT = BASE_FORMAT + MIGRATIONS.length;

/** Makes the tables of an empty file, or brings one up to date. @throws Error that says why this file can't be used */
export function prepareSchema(database: Database): void {
  const version = pragmaNumber(database, "user_version");
  const isEmpty = version === 0 && countTables(database) === 0;
  if (!isEmpty && pragmaNumber(database, "application_id") !== APPLICATION_ID) {
    throw new Error("the file is a SQLite database, but not a store of Everspan's");
  }
  refuseForeignCode(database);
  if (version > NEWEST_FORMAT) {
    throw new Error(
      `the store was written by a newer Everspan (format ${version}, this one knows ${NEWEST_FORMAT}): use that version or another data directory`,
    );
  }
  if (isEmpty) runMigration(database, TABLES, BASE_FORMAT);
  else if (version < BASE_FORMAT) throw new Error(`the file has the older format ${version}`);
  for (let next = pragmaNumber(database, "user_version"); next < NEWEST_FORMAT; next++) {
    runMigration(database, MIGRATIONS[next - BASE_FORMAT]!, next + 1);
  }
}

/** What would run by itself when a store is written or read: no store has any. @throws Error */
function refuseForeignCode(database: Database): void {
  const row = database.prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1").get();
  if (row === undefined) return;
  const { type, name } = row as { type: string; name: string };
  throw new Error(`the file has a ${type} (${JSON.stringify(name.slice(0, 64))}), which no store of Everspan's has`);
}

/** @throws Error when the file has not the tables of this version */
export function refuseOtherFormat(database: Database): void {
  const version = pragmaNumber(database, "user_version");
  if (version !== NEWEST_FORMAT) throw new Error(`it has format ${version}, and this version reads ${NEWEST_FORMAT}`);
}

export function runMigration(database: Database, sql: string, version: number): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(`${sql}; PRAGMA user_version = ${version}; PRAGMA application_id = ${APPLICATION_ID};`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function countTables(database: Database): number {
  return (database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as { tables: number }).tables;
}

export function pragmaNumber(database: Database, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name]!;
}
