/**
 * Writes snapshots within a transaction of the caller's: the merge rule, the spans' rows and the traces' summaries.
 *
 * Most writes compare two ranks. Only where those are equal the contents decide: equal rows are a duplicate, else
 * `mergeSnapshots` itself is asked, so that this store can't differ from the rule.
 */

import {
  contentHash,
  joinPieces,
  type MergeVerdict,
  mergeSnapshots,
  type SpanSnapshot,
  snapshotRank,
  spanKey,
} from "@everspan/protocol";
import { PayloadSplitter } from "../payload-blobs.ts";
import { SpanExistsError, type WriteOptions } from "../trace-store.ts";
import { addSpan, canTakeOut, emptyTally, type SpanFacts, takeOutSpan } from "../trace-tally.ts";
import type { BlobTable } from "./blob-table.ts";
import type { ProducerTable } from "./producer-table.ts";
import { factsOf, fromRow, SPAN_COLUMNS, type SpanHeadRow, type SpanRow, toRow, toSnapshot } from "./span-row.ts";
import type { Database, Statement } from "./sqlite.ts";
import type { TallyTable } from "./tally-table.ts";

const HEAD_COLUMNS = SPAN_COLUMNS.filter(
  (column) => column !== "project" && !/^(input|output|data)(_bytes)?$/.test(column),
);

const UPSERT = `
  INSERT INTO spans (${SPAN_COLUMNS.join(", ")}) VALUES (${SPAN_COLUMNS.map(() => "?").join(", ")})
  ON CONFLICT (project, trace_id, span_id) DO UPDATE SET
  ${SPAN_COLUMNS.slice(3)
    .map((column) => `${column} = excluded.${column}`)
    .join(", ")}`;

/** What the steps of one write share. */
interface Write {
  readonly project: string;
  readonly order: NonNullable<WriteOptions["order"]>;
  readonly producerId: string | null;
  /** Remembers the payloads that it met. */
  readonly splitter: PayloadSplitter;
}

export class SpanWriter {
  readonly #blobs: BlobTable;
  readonly #tallies: TallyTable;
  readonly #producers: ProducerTable;
  readonly #selectHead: Statement;
  readonly #selectHeads: Statement;
  readonly #selectSpan: Statement;
  readonly #upsert: Statement;

  constructor(database: Database, blobs: BlobTable, tallies: TallyTable, producers: ProducerTable) {
    const key = "project = ? AND trace_id = ? AND span_id = ?";
    this.#blobs = blobs;
    this.#tallies = tallies;
    this.#producers = producers;
    this.#selectHead = database.prepare(`SELECT ${HEAD_COLUMNS.join(", ")} FROM spans WHERE ${key}`);
    this.#selectHeads = database.prepare(
      `SELECT ${HEAD_COLUMNS.join(", ")} FROM spans WHERE project = ? AND trace_id = ?`,
    );
    this.#selectSpan = database.prepare(`SELECT * FROM spans WHERE ${key}`);
    this.#upsert = database.prepare(UPSERT);
  }

  /** @throws SpanExistsError before anything was written */
  write(project: string, snapshots: readonly SpanSnapshot[], options: WriteOptions): MergeVerdict[] {
    if (options.mode === "insert") this.#refuseExisting(project, snapshots);
    const splitter = new PayloadSplitter(this.#blobs.sinkOf(project));
    const { producer, order } = options;
    if (producer !== undefined) this.#producers.report(project, producer);
    const write: Write = { project, order: order ?? "revision", producerId: producer?.report.id ?? null, splitter };
    const verdicts = snapshots.map((snapshot) => this.#merge(write, snapshot));
    this.#tallies.save(project);
    return verdicts;
  }

  /** Forgets what a rolled back transaction left half done. */
  forget(): void {
    this.#tallies.forget();
    this.#blobs.forget();
  }

  #refuseExisting(project: string, snapshots: readonly SpanSnapshot[]): void {
    const seen = new Set<string>();
    for (const { traceId, id } of snapshots) {
      const key = spanKey(traceId, id);
      if (seen.has(key) || this.#selectHead.get(project, traceId, id) !== undefined) throw new SpanExistsError(id);
      seen.add(key);
    }
  }

  #merge(write: Write, snapshot: SpanSnapshot): MergeVerdict {
    const stored = this.#selectHead.get(write.project, snapshot.traceId, snapshot.id) as SpanHeadRow | undefined;
    if (stored === undefined) return this.#store(write, snapshot, undefined);
    if (write.order === "pieces") return this.#join(write, snapshot, stored);
    const samePhase = snapshotRank({ phase: snapshot.phase, revision: 0 }) <= stored.rank;
    if (write.order === "arrival" && samePhase) return this.#mergeByArrival(write, snapshot, stored);
    const rank = snapshotRank(snapshot);
    if (rank < stored.rank) return "superseded";
    return rank > stored.rank ? this.#store(write, snapshot, stored) : this.#mergeByContent(write, snapshot, stored);
  }

  /** Senders that number nothing: a different snapshot of the same phase is the next revision. */
  #mergeByArrival(write: Write, snapshot: SpanSnapshot, stored: SpanHeadRow): MergeVerdict {
    const standing = this.#snapshotOf(write.project, stored);
    if (standing.phase !== snapshot.phase) return "superseded";
    const { verdict } = mergeSnapshots(standing, { ...snapshot, revision: standing.revision });
    if (verdict === "duplicate") return "duplicate";
    return this.#store(write, { ...snapshot, revision: standing.revision + 1 }, stored);
  }

  #join(write: Write, snapshot: SpanSnapshot, stored: SpanHeadRow): MergeVerdict {
    const standing = this.#snapshotOf(write.project, stored);
    const joined = { ...joinPieces(standing, snapshot), revision: standing.revision };
    if (contentHash(joined) === contentHash(standing)) return "duplicate";
    return this.#store(write, { ...joined, revision: standing.revision + 1 }, stored);
  }

  #mergeByContent(write: Write, snapshot: SpanSnapshot, stored: SpanHeadRow): MergeVerdict {
    const { winner, verdict } = mergeSnapshots(this.#snapshotOf(write.project, stored), snapshot);
    if (verdict === "conflict" && winner === snapshot) this.#store(write, snapshot, stored);
    return verdict;
  }

  #store(write: Write, snapshot: SpanSnapshot, replaced: SpanHeadRow | undefined): MergeVerdict {
    const row = toRow(write.project, snapshot, write.splitter, replaced?.producer_id ?? write.producerId);
    // By position: binding by name took as long as the rest of a write together.
    this.#upsert.run(...SPAN_COLUMNS.map((column) => row[column]));
    this.#account(write.project, row, replaced);
    return "stored-new";
  }

  #account(project: string, row: SpanRow, replaced: SpanHeadRow | undefined): void {
    const next = this.#factsOf(project, row);
    const tally = this.#tallies.load(project, row.trace_id);
    if (replaced !== undefined) {
      const previous = this.#factsOf(project, replaced);
      if (!canTakeOut(previous, next)) {
        this.#recount(project, row.trace_id);
        return;
      }
      takeOutSpan(tally, previous);
    }
    addSpan(tally, next);
  }

  #recount(project: string, traceId: string): void {
    const tally = emptyTally();
    for (const row of this.#selectHeads.all(project, traceId))
      addSpan(tally, this.#factsOf(project, row as SpanHeadRow));
    this.#tallies.replace(traceId, tally);
  }

  #factsOf(project: string, row: SpanHeadRow): SpanFacts {
    return factsOf(row, row.end_us === null ? this.#producers.stateOf(project, row.producer_id) : null);
  }

  #snapshotOf(project: string, { trace_id, span_id }: SpanHeadRow): SpanSnapshot {
    const row = this.#selectSpan.get(project, trace_id, span_id) as SpanRow;
    return toSnapshot(
      fromRow({ ...row, producer_state: null }, this.#blobs.readerOf(project), Number.POSITIVE_INFINITY),
    );
  }
}
