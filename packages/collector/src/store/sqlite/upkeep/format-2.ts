/**
 * Moves a file of format 1 or 2 into the store, while it runs: newest traces first, a trace in each transaction, with the
 * position in the same transaction, so it goes on where a killed process stopped. A trace that somebody asks for or
 * writes to is moved first. The older file is only read; it is removed when all of it is here.
 *
 * Spans are written as snapshots by the merge rule, so what was moved twice is a duplicate.
 */
import { existsSync, rmSync } from "node:fs";
import { formatTimestamp, type SpanSnapshot, type SpanStatus, type SpanType } from "@everspan/protocol";
import { pragmaNumber } from "../schema/schema.ts";
import { type Database, DatabaseSync, type Statement } from "../schema/sqlite.ts";

const ENDED_RANK = 2 ** 52;
const NAME_LENGTH = 22;

interface Row2 {
  readonly trace_id: string;
  readonly span_id: string;
  readonly rank: number;
  readonly parent_id: string | null;
  readonly task_id: string | null;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly start_us: number;
  readonly end_us: number | null;
  readonly details: string | null;
  readonly input: string | null;
  readonly output: string | null;
  readonly data: string | null;
  readonly producer_id?: string | null;
}

export interface Producer2 {
  readonly project: string;
  readonly producer_id: string;
  readonly state: string;
  readonly words: number;
  readonly batch: number;
  readonly highest_seq: number;
  readonly seen_ms: number;
  readonly service: string | null;
  readonly report: string;
  readonly received: string;
}

/** A trace of the older file, as what was sent of it. */
export interface OlderTrace {
  readonly project: string;
  readonly traceId: string;
  readonly rowid: number;
  /** Spans by their producer, null for those that named none. */
  readonly spans: ReadonlyMap<string | null, readonly SpanSnapshot[]>;
}

export class OlderFile {
  #isClosed = false;
  readonly #path: string;
  readonly #database: Database;
  readonly #hasProducers: boolean;
  readonly #next: Statement;
  readonly #trace: Statement;
  readonly #bySpan: Statement;
  readonly #spans: Statement;
  readonly #blob: Statement;

  private constructor(path: string) {
    this.#path = path;
    this.#database = new DatabaseSync(path, { defensive: true, timeout: 1000 });
    this.#database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    this.#hasProducers = pragmaNumber(this.#database, "user_version") >= 2;
    this.#next = this.#database.prepare(
      "SELECT rowid AS rowid, project, trace_id FROM traces WHERE rowid < ? ORDER BY rowid DESC LIMIT 1",
    );
    this.#trace = this.#database.prepare(
      "SELECT rowid AS rowid, project, trace_id FROM traces WHERE project = ? AND trace_id = ?",
    );
    this.#bySpan = this.#database.prepare("SELECT trace_id FROM spans WHERE project = ? AND span_id = ?");
    this.#spans = this.#database.prepare("SELECT * FROM spans WHERE project = ? AND trace_id = ?");
    this.#blob = this.#database.prepare("SELECT content FROM blobs WHERE project = ? AND name = ?");
  }

  /** Position of the trace that came last; 0 when it has none. */
  get newest(): number {
    const row = this.#database.prepare("SELECT max(rowid) AS newest FROM traces").get() as { newest: number | null };
    return row.newest ?? 0;
  }

  static open(path: string): OlderFile | undefined {
    return existsSync(path) ? new OlderFile(path) : undefined;
  }

  producers(): readonly Producer2[] {
    if (!this.#hasProducers) return [];
    return this.#database.prepare("SELECT * FROM producers").all() as unknown as Producer2[];
  }

  /** The newest trace before this position. */
  before(rowid: number): OlderTrace | undefined {
    return this.#read(this.#next.get(rowid));
  }

  find(project: string, traceId: string): OlderTrace | undefined {
    return this.#read(this.#trace.get(project, traceId));
  }

  traceIdsOfSpan(project: string, spanId: string): string[] {
    return (this.#bySpan.all(project, spanId) as { trace_id: string }[]).map((row) => row.trace_id);
  }

  /** A second call changes nothing: a move that ends may do so while the store closes. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#database.close();
  }

  remove(): void {
    this.close();
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(this.#path + suffix, { force: true });
  }

  #read(found: unknown): OlderTrace | undefined {
    if (found === undefined) return undefined;
    const { rowid, project, trace_id: traceId } = found as { rowid: number; project: string; trace_id: string };
    const spans = new Map<string | null, SpanSnapshot[]>();
    const blobOf = this.#blobsOf(project);
    for (const row of this.#spans.iterate(project, traceId) as Iterable<unknown> as Iterable<Row2>) {
      const producer = row.producer_id ?? null;
      const group = spans.get(producer);
      const snapshot = snapshotOf(row, blobOf);
      if (group === undefined) spans.set(producer, [snapshot]);
      else group.push(snapshot);
    }
    return { project, traceId, rowid, spans };
  }

  #blobsOf(project: string): (name: string) => string {
    const read = new Map<string, string>();
    return (name) => {
      let content = read.get(name);
      if (content === undefined) {
        // A blob that is missing costs its place in one payload, and no trace.
        content =
          (this.#blob.get(project, name) as { content: string } | undefined)?.content ?? '"[Missing: a part was lost]"';
        read.set(name, content);
      }
      return content;
    };
  }
}

function snapshotOf(row: Row2, blobOf: (name: string) => string): SpanSnapshot {
  const payload = (text: string | null) =>
    text === null ? undefined : (JSON.parse(join(text, blobOf)) as Record<string, unknown>);
  const [input, output, data] = [payload(row.input), payload(row.output), payload(row.data)];
  return {
    phase: row.rank >= ENDED_RANK ? "ended" : "started",
    revision: row.rank >= ENDED_RANK ? row.rank - ENDED_RANK : row.rank,
    traceId: row.trace_id,
    id: row.span_id,
    ...(row.parent_id !== null && { parentId: row.parent_id }),
    ...(row.task_id !== null && { taskId: row.task_id }),
    name: row.name,
    type: row.type as SpanType,
    startTime: formatTimestamp(row.start_us),
    ...(row.end_us !== null && { endTime: formatTimestamp(row.end_us) }),
    status: row.status as SpanStatus,
    ...(row.details === null ? {} : (JSON.parse(row.details) as object)),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(data !== undefined && { data }),
  };
}

/** A reference of format 2 is U+0001 and 22 characters of a name. */
function join(text: string, blobOf: (name: string) => string): string {
  let at = text.indexOf("\u0001");
  if (at === -1) return text;
  const parts: string[] = [];
  let from = 0;
  while (at !== -1) {
    const end = at + 1 + NAME_LENGTH;
    parts.push(text.slice(from, at), join(blobOf(text.slice(at + 1, end)), blobOf));
    from = end;
    at = text.indexOf("\u0001", from);
  }
  return parts.join("") + text.slice(from);
}
