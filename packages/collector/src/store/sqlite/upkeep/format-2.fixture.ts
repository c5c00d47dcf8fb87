/** A store file as version 0.1.0 wrote it (format 2), for tests of the move. */
import { hash } from "node:crypto";
import { parseTimestamp, type SpanSnapshot, snapshotRank } from "@everspan/protocol";
import { APPLICATION_ID } from "../schema/schema.ts";
import { DatabaseSync } from "../schema/sqlite.ts";

const TABLES = `
  CREATE TABLE traces (project TEXT NOT NULL, trace_id TEXT NOT NULL, name TEXT NOT NULL, service TEXT,
    status TEXT NOT NULL, running INTEGER NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER,
    duration_us INTEGER NOT NULL, span_count INTEGER NOT NULL, error_count INTEGER NOT NULL, cost_usd REAL NOT NULL,
    types TEXT NOT NULL, tally TEXT NOT NULL, PRIMARY KEY (project, trace_id));
  CREATE TABLE spans (project TEXT NOT NULL, trace_id TEXT NOT NULL, span_id TEXT NOT NULL, rank INTEGER NOT NULL,
    parent_id TEXT, task_id TEXT, name TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
    start_us INTEGER NOT NULL, end_us INTEGER, model TEXT, input_tokens INTEGER, output_tokens INTEGER, cost_usd REAL,
    details TEXT, input TEXT, input_bytes INTEGER, output TEXT, output_bytes INTEGER, data TEXT, data_bytes INTEGER,
    producer_id TEXT, PRIMARY KEY (project, trace_id, span_id));
  CREATE INDEX spans_by_id ON spans (project, span_id);
  CREATE TABLE blobs (project TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, UNIQUE (project, name));
  CREATE TABLE producers (project TEXT NOT NULL, producer_id TEXT NOT NULL, state TEXT NOT NULL, words INTEGER NOT NULL,
    batch INTEGER NOT NULL, highest_seq INTEGER NOT NULL, seen_ms INTEGER NOT NULL, service TEXT, report TEXT NOT NULL,
    received TEXT NOT NULL, PRIMARY KEY (project, producer_id));
`;

type Value = string | number | null;

/** By literals and not by statements: one that is not finalized keeps a closed connection's file open in this process. */
export function writeFormat2(path: string, project: string, spans: readonly SpanSnapshot[], producerId: string): void {
  const statements: string[] = [];
  const insert = (table: string, values: readonly Value[]) => {
    statements.push(`INSERT OR IGNORE INTO ${table} VALUES (${values.map(literal).join(", ")})`);
  };
  const payload = (value: unknown): string | null => {
    if (value === undefined) return null;
    const text = JSON.stringify(value);
    if (text.length <= 256) return text;
    const name = hash("sha256", text, "buffer").toString("base64url", 0, 16);
    insert("blobs", [project, name, text]);
    return `\u0001${name}`;
  };
  for (const span of spans) {
    const { error, service, obs } = span;
    const details = (error ?? service ?? obs) ? JSON.stringify({ error, service, obs }) : null;
    insert("traces", [project, span.traceId, "", null, "OK", 0, 0, 0, 0, 0, 0, 0, "", "{}"]);
    // biome-ignore format: one line for each group of columns
    insert("spans", [
      project, span.traceId, span.id, snapshotRank(span), span.parentId ?? null, span.taskId ?? null, span.name, span.type,
      span.status, parseTimestamp(span.startTime)!, span.endTime === undefined ? null : parseTimestamp(span.endTime)!,
      null, null, null, null, details, payload(span.input), 0, payload(span.output), 0, payload(span.data), 0, producerId,
    ]);
  }
  const report = JSON.stringify({ id: producerId, batch: 3, lastSeq: 9 });
  const received = '{"ranges":[[1,9]],"forgotten":0}';
  insert("producers", [project, producerId, "stalled", 7, 3, 9, 1000, "svc", report, received]);
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; BEGIN; ${TABLES} ${statements.join("; ")};
    PRAGMA user_version = 2; PRAGMA application_id = ${APPLICATION_ID}; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
  database.close();
}

function literal(value: Value): string {
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value ?? "NULL");
}
