/**
 * Writes snapshots within a transaction of the caller's: the merge rule, the spans' rows and the traces' summaries.
 *
 * Most writes compare two ranks. Only where those are equal the contents decide: then `mergeSnapshots` itself is asked,
 * so that this store can't differ from the rule.
 */
import {
  contentHash,
  joinPieces,
  type MergeResult,
  type MergeVerdict,
  mergeSnapshots,
  type SpanSnapshot,
  snapshotOfStored,
  snapshotRank,
  spanKey,
} from "@everspan/protocol";
import type { Pricing } from "../../../cost/pricing.ts";
import { PayloadSplitter } from "../../payload-blobs.ts";
import { SpanExistsError, type WriteOptions, WriteTooLargeError } from "../../trace-store.ts";
import { addSpan, emptyTally, recountDue, type SpanFacts, takeOutSpan } from "../../trace-tally.ts";
import { type TreeSpan, treeFacts } from "../../tree-facts.ts";
import { treeSpanOf } from "../../tree-span.ts";
import { bodyBytes, hasObs } from "../payloads/body.ts";
import type { RollupTable } from "../rollups/rollup-table.ts";
import { idToBytes } from "../schema/id-bytes.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { ProjectTable, WordTable } from "../schema/word-table.ts";
import type { FreshDocument } from "../search/fresh-document.ts";
import type { SearchTable } from "../search/search-table.ts";
import type { SpanReader } from "../spans/span-reader.ts";
import type { OlderTrace } from "../upkeep/format-2.ts";
import type { ProducerTable } from "./producer-table.ts";
import { hasSameContent } from "./same-content.ts";
import {
  type DerivedRow,
  factsOf,
  type MadeOf,
  RowInsert,
  rankOfRow,
  SPAN_COLUMNS,
  type SpanRow,
  toRow,
} from "./span-row.ts";
import { finish, type Steps } from "./steps.ts";
import type { OpenTrace, TraceTable } from "./trace-table.ts";

export interface WriterTables {
  readonly projects: ProjectTable;
  readonly words: WordTable;
  readonly traces: TraceTable;
  readonly producers: ProducerTable;
  readonly rollups: RollupTable;
  readonly search: SearchTable;
  readonly reader: SpanReader;
  readonly pricing: Pricing;
  /** Bytes of stored payloads that one write puts together. */
  readonly maxComparedBytes: number;
}

/** What the steps of one write share. */
interface Write {
  readonly projectName: string;
  readonly project: number;
  readonly order: WriteOptions["order"];
  readonly producer: number | null;
  /** One a trace: blobs are numbered within it. */
  readonly splitters: Map<number, PayloadSplitter>;
  /** The same for comparisons. */
  readonly comparing: Map<number, Comparing>;
  /** Bytes of stored payloads that it has put together. */
  comparedBytes: number;
  readonly nowMs: number;
}

interface Comparing {
  readonly splitter: PayloadSplitter;
  readonly bodyOf: (number: number) => string;
}

export class SpanWriter {
  readonly #tables: WriterTables;
  readonly #find: Statement;
  readonly #heads: Statement;
  readonly #insert: RowInsert;
  readonly #remove: Statement;
  readonly #tombstone: Statement;
  /** Brings over what an older file has of a trace that is not here; see `format-2.ts`. */
  onUnknownTrace: ((projectName: string, traceId: string) => void) | undefined;

  constructor(database: Database, tables: WriterTables) {
    this.#tables = tables;
    const head = SPAN_COLUMNS.map((column) => `spans.${column}`).join(", ");
    this.#find = database.prepare(
      `SELECT ${head} FROM spans INDEXED BY spans_by_id WHERE (trace >> 8) = (?1 >> 8) AND span = ?2 AND trace = ?1 LIMIT 1`,
    );
    this.#heads = database.prepare(`SELECT ${head} FROM spans WHERE trace = ?`);
    this.#insert = new RowInsert(database);
    this.#remove = database.prepare("DELETE FROM spans WHERE trace = ? AND start_us = ? AND span = ?");
    this.#tombstone = database.prepare("SELECT 1 FROM tombstones WHERE project = ? AND trace_id = ? AND until_ms > ?");
  }

  /** @throws SpanExistsError, SpanRefusedError, WriteTooLargeError: the caller undoes the job */
  *write(
    projectName: string,
    snapshots: readonly SpanSnapshot[],
    options: WriteOptions,
    nowMs: number,
  ): Steps<readonly MergeVerdict[]> {
    const { projects, producers } = this.#tables;
    const project = projects.take(projectName);
    if (options.mode === "insert") this.#refuseExisting(projectName, project, snapshots);
    const { producer, order } = options;
    const traceIds = new Set(snapshots.map((snapshot) => snapshot.traceId));
    const number = producer === undefined ? null : producers.report(project, producer, traceIds);
    const write: Write = {
      projectName,
      project,
      order,
      producer: number,
      splitters: new Map(),
      comparing: new Map(),
      comparedBytes: 0,
      nowMs,
    };
    const verdicts: MergeVerdict[] = [];
    for (const snapshot of snapshots) {
      verdicts.push(this.#merge(write, snapshot));
      yield;
    }
    producers.countDropped(project);
    yield* this.#save(nowMs);
    return verdicts;
  }

  /**
   * A trace of an older file, with the producers that its spans had. Within a write of another trace or alone: what that
   * write has touched is saved at its end.
   * @param arrivedMs when it arrived, as far as that is known
   */
  takeOver({ project: projectName, traceId, spans }: OlderTrace, nowMs: number, arrivedMs: number): void {
    const { projects, producers, traces } = this.#tables;
    const project = projects.take(projectName);
    if (traces.find(project, traceId) !== undefined) return;
    for (const [producerId, snapshots] of spans) {
      const producer = producers.numberOf(project, producerId);
      const maps = { splitters: new Map(), comparing: new Map(), comparedBytes: 0 };
      const write: Write = { projectName, project, order: "revision", producer, ...maps, nowMs };
      for (const snapshot of snapshots) this.#merge(write, snapshot);
    }
    const moved = traces.find(project, traceId);
    if (moved !== undefined) moved.arrivedMs = arrivedMs;
    finish(this.#save(nowMs));
  }

  /** Counts the touched traces again that must be: once a write, whatever it changed of them. */
  *recount(isForced = false): Steps<void> {
    for (const open of this.#tables.traces.touched) {
      if (isForced || recountDue(open.tally)) yield* this.#recount(open);
    }
  }

  /** What a write ends with. */
  *#save(nowMs: number): Steps<void> {
    const { traces, rollups, search } = this.#tables;
    yield* this.recount();
    for (const open of traces.touched) search.note(open, nowMs);
    yield* traces.save(nowMs);
    yield* rollups.save();
  }

  /** Takes the spans of a trace that is to be removed out of the aggregates. */
  *takeOutOfAggregates(project: number, trace: number): Steps<void> {
    const { rollups } = this.#tables;
    for (const row of this.#heads.iterate(trace) as Iterable<unknown>) {
      rollups.count(project, this.#factsOf(row as SpanRow), -1);
      yield;
    }
    yield* rollups.save();
  }

  /**
   * Puts derived columns in the place of those that a stored span has. Within a transaction; `traces.save` and
   * `rollups.save` end it. The trace counts as changed, not as one to which something was added.
   */
  replaceDerived(project: number, traceId: string, row: SpanRow, columns: DerivedRow): void {
    const open = this.#tables.traces.find(project, traceId);
    if (open === undefined) return;
    const next = { ...row, ...columns };
    if (Object.entries(columns).every(([name, value]) => row[name as keyof DerivedRow] === value)) return;
    next.changed = open.revision;
    this.#insert.run(next);
    const { hasArrived } = open;
    this.#account({ project }, open, next, row);
    open.hasArrived = hasArrived;
  }

  #refuseExisting(projectName: string, project: number, snapshots: readonly SpanSnapshot[]): void {
    const seen = new Set<string>();
    for (const { traceId, id } of snapshots) {
      const key = spanKey(traceId, id);
      const open = this.#findTrace(projectName, project, traceId);
      const isStored = open !== undefined && this.#findSpan(open, id) !== undefined;
      if (seen.has(key) || isStored) throw new SpanExistsError(id);
      seen.add(key);
    }
  }

  #findTrace(projectName: string, project: number, traceId: string): OpenTrace | undefined {
    const { traces } = this.#tables;
    const found = traces.find(project, traceId);
    if (found !== undefined || this.onUnknownTrace === undefined) return found;
    this.onUnknownTrace(projectName, traceId);
    return traces.find(project, traceId);
  }

  #merge(write: Write, snapshot: SpanSnapshot): MergeVerdict {
    const { project, projectName, nowMs } = write;
    const known = this.#findTrace(projectName, project, snapshot.traceId);
    if (known === undefined) {
      // What was deleted does not come back in part, through a late retry.
      if (this.#tombstone.get(project, idToBytes(snapshot.traceId), nowMs) !== undefined) return "superseded";
      return this.#store(write, this.#tables.traces.create(project, snapshot.traceId), snapshot, undefined);
    }
    const stored = this.#findSpan(known, snapshot.id);
    if (stored === undefined) return this.#store(write, known, snapshot, undefined);
    if (write.order === "pieces") return this.#joinPieces(write, known, snapshot, stored);
    const storedRank = rankOfRow(stored);
    const isSamePhase = snapshotRank({ phase: snapshot.phase, revision: 0 }) <= storedRank;
    if (write.order === "arrival" && isSamePhase) return this.#mergeByArrival(write, known, snapshot, stored);
    const rank = snapshotRank(snapshot);
    if (rank < storedRank) return "superseded";
    return rank > storedRank
      ? this.#store(write, known, snapshot, stored)
      : this.#mergeByContent(write, known, snapshot, stored);
  }

  #findSpan(open: OpenTrace, id: string): SpanRow | undefined {
    if (open.ids !== null && !open.ids.has(id)) return undefined;
    return this.#find.get(open.trace, idToBytes(id)) as unknown as SpanRow | undefined;
  }

  /** Senders that number nothing: a different snapshot of the same phase is the next revision. */
  #mergeByArrival(write: Write, open: OpenTrace, snapshot: SpanSnapshot, stored: SpanRow): MergeVerdict {
    const phase = stored.duration_us === null ? "started" : "ended";
    if (phase !== snapshot.phase) return "superseded";
    const next = { ...snapshot, revision: stored.revision };
    if (this.#mergeWith(write, open, next, stored).verdict === "duplicate") return "duplicate";
    return this.#store(write, open, { ...snapshot, revision: stored.revision + 1 }, stored);
  }

  #joinPieces(write: Write, open: OpenTrace, snapshot: SpanSnapshot, stored: SpanRow): MergeVerdict {
    const standing = this.#standing(write, open, stored);
    const joined = { ...joinPieces(standing, snapshot), revision: standing.revision };
    if (contentHash(joined) === contentHash(standing)) return "duplicate";
    return this.#store(write, open, { ...joined, revision: standing.revision + 1 }, stored);
  }

  #mergeByContent(write: Write, open: OpenTrace, snapshot: SpanSnapshot, stored: SpanRow): MergeVerdict {
    const { winner, verdict } = this.#mergeWith(write, open, snapshot, stored);
    if (verdict === "conflict" && winner === snapshot) this.#store(write, open, snapshot, stored);
    return verdict;
  }

  /** A repeated delivery is known by its row. Only where that says no, what stands is put together. */
  #mergeWith(write: Write, open: OpenTrace, snapshot: SpanSnapshot, stored: SpanRow): MergeResult {
    const { words, reader, traces } = this.#tables;
    traces.saveBlobs(open);
    let comparing = write.comparing.get(open.trace);
    if (comparing === undefined) {
      comparing = { splitter: new PayloadSplitter(open.blobs.known), bodyOf: reader.bodiesOf(open.trace) };
      write.comparing.set(open.trace, comparing);
    }
    if (hasSameContent(snapshot, { row: stored, words, ...comparing }))
      return { winner: snapshot, verdict: "duplicate" };
    return mergeSnapshots(this.#standing(write, open, stored), snapshot);
  }

  /**
   * The blobs that this write brings must be there to be read. What a few bytes name may be large: many such spans
   * in one request would hold up everybody. @throws WriteTooLargeError
   */
  #standing(write: Write, open: OpenTrace, stored: SpanRow): SpanSnapshot {
    const { traces, reader, maxComparedBytes } = this.#tables;
    traces.saveBlobs(open);
    const bytes = bodyBytes(stored.body, reader.bodiesOf(open.trace));
    if (write.comparedBytes > 0 && write.comparedBytes + bytes > maxComparedBytes) {
      throw new WriteTooLargeError(
        `what is stored of the spans is more than the ${maxComparedBytes} bytes that are compared for one request: send fewer spans`,
      );
    }
    write.comparedBytes += bytes;
    return snapshotOfStored(this.#tables.reader.spanOfRow(open.trace, open.traceId, stored.start_us, stored.span));
  }

  #store(write: Write, open: OpenTrace, snapshot: SpanSnapshot, replaced: SpanRow | undefined): MergeVerdict {
    const { words, pricing } = this.#tables;
    let splitter = write.splitters.get(open.trace);
    if (splitter === undefined) {
      splitter = new PayloadSplitter(open.blobs);
      write.splitters.set(open.trace, splitter);
    }
    open.written ??= {
      fromMicros: Number.MAX_SAFE_INTEGER,
      toMicros: Number.MIN_SAFE_INTEGER,
      firstBlob: open.blobs.next,
    };
    const { row, reading } = toRow(snapshot, {
      trace: open.trace,
      changed: open.revision,
      splitter,
      words,
      producer: replaced?.producer ?? write.producer,
      putBody: open.blobs.putBody,
      pricing,
    });
    open.written.fromMicros = Math.min(open.written.fromMicros, row.start_us);
    open.written.toMicros = Math.max(open.written.toMicros, row.start_us);
    open.ids?.add(snapshot.id);
    if (open.fresh !== null) addToFresh(open.fresh, open, row, snapshot.name, replaced !== undefined);
    if (replaced !== undefined && replaced.start_us !== row.start_us) {
      this.#remove.run(open.trace, replaced.start_us, replaced.span);
    }
    this.#insert.run(row);
    this.#account(write, open, row, replaced, { id: snapshot.id, parentId: snapshot.parentId, reading });
    return "stored-new";
  }

  #account(
    write: Pick<Write, "project">,
    open: OpenTrace,
    row: SpanRow,
    replaced: SpanRow | undefined,
    madeOf?: MadeOf,
  ): void {
    const { rollups } = this.#tables;
    const next = this.#factsOf(row, madeOf);
    if (replaced !== undefined) {
      const previous = this.#factsOf(replaced);
      takeOutSpan(open.tally, previous, next);
      rollups.count(write.project, previous, -1);
    }
    addSpan(open.tally, next);
    rollups.count(write.project, next, 1);
    open.hasArrived = true;
  }

  /** The same tally from the trace's spans, with what only its tree says. */
  *#recount(open: OpenTrace): Steps<void> {
    const tally = emptyTally();
    for (const row of this.#heads.iterate(open.trace) as Iterable<unknown>) {
      addSpan(tally, this.#factsOf(row as SpanRow));
      yield;
    }
    if (tally.failedCount > 1 || tally.usageSpans > 1) tally.tree = treeFacts(yield* this.#treeSpans(open.trace));
    tally.changes = 0;
    tally.droppedRecords = open.tally.droppedRecords;
    open.tally = tally;
  }

  /** Read only when the tree has something to say: those of a large trace take as much memory as all else. */
  *#treeSpans(trace: number): Steps<TreeSpan[]> {
    const spans: TreeSpan[] = [];
    for (const row of this.#heads.iterate(trace) as Iterable<unknown>) {
      spans.push(treeSpanOf(this.#factsOf(row as SpanRow)));
      yield;
    }
    return spans;
  }

  #factsOf(row: SpanRow, madeOf?: MadeOf): SpanFacts {
    const { words, producers } = this.#tables;
    return factsOf(row, words, row.duration_us === null ? producers.stateOf(row.producer) : null, madeOf);
  }
}

/** Nothing of a payload lies in a blob, and none but those that are searched is in the body. */
function addToFresh(fresh: FreshDocument, { blobs }: OpenTrace, row: SpanRow, name: string, isReplaced: boolean): void {
  if (isReplaced || blobs.size > 0 || (row.body !== null && hasObs(row.body))) fresh.spoil();
  else fresh.add([row.start_us, row.span], name, row.body === null ? undefined : blobs.freshBodies.at(-1));
}
