/**
 * The store of several collectors: ClickHouse. A collector keeps nothing that another needs: any may take any request.
 *
 * A write reads nothing of the spans that it replaces: each snapshot is a row, and the greatest version stands. It is
 * acknowledged when the rows are inserted, with a cluster by a quorum of it. What a write can't know without reading
 * (`verdicts`) and what needs several tables or processes to change as one (`transactions`) this store does not claim.
 */
import { randomBytes } from "node:crypto";
import {
  type AggregatesResponse,
  type DeletionResponse,
  type FacetField,
  type FacetValue,
  isInterrupted,
  type MergeVerdict,
  type ProducerState,
  type ProducerSummary,
  type SpanSnapshot,
  type StoredSpan,
  snapshotOfStored,
  spanKey,
} from "@everspan/protocol";
import type { PriceOverride } from "../../cost/price-overrides.ts";
import { Pricing } from "../../cost/pricing.ts";
import { STORE_CAPABILITIES, type StoreCapability } from "../capabilities.ts";
import type { ProducerQuery, ReceivedReport, SpanKey, StoredProducer } from "../producer-store.ts";
import { SpanExistsError } from "../store-errors.ts";
import type {
  AggregatesQuery,
  DeletionQuery,
  FacetsQuery,
  RetentionPolicy,
  SearchQuery,
  SessionQuery,
  SpanQuery,
  SpanSearch,
  TraceQuery,
  TraceSpansQuery,
} from "../store-queries.ts";
import type {
  SearchPage,
  SessionPage,
  SpanChange,
  SpanPage,
  SpansOfTrace,
  StoreStats,
  TracePage,
  TraceStore,
  WriteOptions,
} from "../trace-store.ts";
import { parseClickHouseAddress } from "./address.ts";
import { readAggregates } from "./aggregates.ts";
import { type Block, BlockQueue } from "./block-queue.ts";
import { ClickHouseClient, type Fetch, listOf } from "./client.ts";
import { ArrivalClock } from "./clock.ts";
import { Mutex } from "./mutex.ts";
import { type NotedReport, ProducerBook } from "./producer-book.ts";
import { migrate } from "./schema.ts";
import { StoredNames, spanBatch } from "./span-batch.ts";
import { joinStoredPieces } from "./span-pieces.ts";
import { SpanReader, type StandingSpan } from "./span-reader.ts";
import { wellFormed } from "./span-rows.ts";
import { SpanSearcher } from "./span-search.ts";
import { FirstSaid } from "./span-words.ts";
import { TextSearch } from "./text-search.ts";
import { TraceList } from "./trace-list.ts";
import { TraceRemover } from "./trace-remover.ts";
import { TraceSealer } from "./trace-sealer.ts";

export interface ClickHouseStoreOptions {
  /** `clickhouse://user:password@host:port/database?secure=1&cluster=name` */
  readonly address: string;
  /** Records that may wait for their commit. Default 20 000. */
  readonly maxQueuedRecords?: number;
  /** Wall clock in milliseconds, for arrivals. Default `Date.now`. */
  readonly nowMs?: () => number;
  /** The user's own prices, which go before those of the public table. Default: none. */
  readonly prices?: readonly PriceOverride[];
  /** Told of what happens behind the writes and is nobody's request. Default: silent. */
  readonly onProblem?: (message: string) => void;
  /** How requests are sent, for tests. Default: the platform's `fetch`. */
  readonly fetch?: Fetch;
}

/** How long summaries may lag behind the writes when nobody asks for any. */
const SEAL_DELAY_MS = 5000;
/** How often they are looked at after the last write: long enough for the last summing up of what has become quiet. */
const SEALS_AFTER_WRITE = 15;
const MISSING: ReadonlySet<StoreCapability> = new Set(["verdicts", "transactions"]);

export class ClickHouseTraceStore implements TraceStore {
  readonly capabilities: ReadonlySet<StoreCapability> = new Set(STORE_CAPABILITIES.filter((one) => !MISSING.has(one)));
  readonly #client: ClickHouseClient;
  readonly #queue: BlockQueue;
  readonly #clock: ArrivalClock;
  readonly #nowMs: () => number;
  readonly #pricing: Pricing;
  readonly #book: ProducerBook;
  readonly #sealer: TraceSealer;
  readonly #reader: SpanReader;
  readonly #list: TraceList;
  readonly #searcher: SpanSearcher;
  readonly #texts: TextSearch;
  readonly #remover: TraceRemover;
  readonly #stored = new StoredNames();
  readonly #said = new FirstSaid();
  /** For writes that read first: they exclude each other in this process. */
  readonly #changes = new Mutex();
  readonly #onProblem: (message: string) => void;
  #sealing: NodeJS.Timeout | undefined;
  #sealsLeft = 0;
  #closing: Promise<void> | undefined;

  /** Makes or migrates the tables. @throws Error with a sentence for the user: address, access, or a newer schema */
  static async open(options: ClickHouseStoreOptions): Promise<ClickHouseTraceStore> {
    const { fetch } = options;
    const address = parseClickHouseAddress(options.address);
    const client = new ClickHouseClient({ address, ...(fetch !== undefined && { fetch }) });
    await migrate(client);
    return new ClickHouseTraceStore(client, options);
  }

  private constructor(client: ClickHouseClient, options: ClickHouseStoreOptions) {
    const { nowMs = Date.now, prices = [], maxQueuedRecords = 20_000, onProblem = () => {} } = options;
    const [queue, mutex] = [new BlockQueue(client, maxQueuedRecords), new Mutex()];
    this.#client = client;
    this.#queue = queue;
    this.#nowMs = nowMs;
    this.#onProblem = onProblem;
    this.#clock = new ArrivalClock(nowMs);
    this.#pricing = new Pricing(prices);
    const collector = randomBytes(8).toString("hex");
    this.#book = new ProducerBook({ client, queue, clock: this.#clock, collector, mutex });
    this.#sealer = new TraceSealer({ client, queue, book: this.#book, mutex, nowMs });
    this.#reader = new SpanReader(client, this.#book);
    this.#list = new TraceList(client);
    this.#searcher = new SpanSearcher(client, this.#reader);
    this.#texts = new TextSearch(client);
    this.#remover = new TraceRemover({ client, queue, nowMs });
  }

  async write(
    project: string,
    snapshots: readonly SpanSnapshot[],
    options: WriteOptions = {},
  ): Promise<readonly MergeVerdict[]> {
    const readsFirst = options.mode === "insert" || options.order === "pieces";
    return readsFirst
      ? this.#changes.run(() => this.#write(project, snapshots, options))
      : this.#write(project, snapshots, options);
  }

  async #write(project: string, snapshots: readonly SpanSnapshot[], options: WriteOptions): Promise<MergeVerdict[]> {
    if (options.mode === "insert") await this.#refuseExisting(project, snapshots);
    const gone = await this.#tombstoned(project, snapshots);
    const taken = snapshots.filter(({ traceId }) => !gone.has(wellFormed(traceId)));
    const arrived = this.#clock.next();
    const standing = await this.#producersBefore(project, taken);
    const written = await this.#ordered(project, taken, options.order, arrived);
    const context = {
      project,
      arrived,
      nowMs: this.#nowMs(),
      pricing: this.#pricing,
      stored: this.#stored,
      said: this.#said,
      producerOf: (span: SpanSnapshot) =>
        standing.get(spanKey(span.traceId, span.id)) ?? options.producer?.report.id ?? "",
    };
    const batch = spanBatch(written, context);
    const report = options.producer;
    const traceIds = new Set(snapshots.map(({ traceId }) => wellFormed(traceId)));
    const noted = report === undefined ? undefined : await this.#book.note(project, report, traceIds);
    await this.#commit(batch.block, noted);
    this.#stored.add(batch.names, context.nowMs);
    return snapshots.map(({ traceId }) => (gone.has(wellFormed(traceId)) ? "superseded" : "stored-new"));
  }

  async #commit(block: Block, noted: NotedReport | undefined): Promise<void> {
    const touches = [...(block.touches ?? []), ...(noted?.block.touches ?? [])];
    try {
      await this.#queue.add({ ...block, ...noted?.block, touches });
    } catch (error) {
      noted?.undo();
      throw error;
    }
    this.#sealLater();
    await noted?.settle();
  }

  /** The snapshots with the revisions by which they are compared. */
  async #ordered(
    project: string,
    snapshots: readonly SpanSnapshot[],
    order: WriteOptions["order"],
    arrived: number,
  ): Promise<readonly SpanSnapshot[]> {
    if (order === "arrival") return snapshots.map((snapshot) => ({ ...snapshot, revision: this.#clock.next() }));
    if (order !== "pieces" || snapshots.length === 0) return snapshots;
    const parts = { client: this.#client, queue: this.#queue, reader: this.#reader };
    return joinStoredPieces(parts, project, snapshots, arrived);
  }

  /** A span stays with the producer that sent it first, also when another one ends it for it. */
  async #producersBefore(project: string, snapshots: readonly SpanSnapshot[]): Promise<Map<string, string>> {
    const ended = snapshots.filter(isInterrupted);
    const found = await this.#standing(project, ended);
    const known = found.filter((row) => row.producer !== "");
    return new Map(known.map((row) => [spanKey(row.trace_id, row.span_id), row.producer]));
  }

  async #refuseExisting(project: string, snapshots: readonly SpanSnapshot[]): Promise<void> {
    const rows = await this.#standing(project, snapshots);
    const seen = new Set(rows.map((row) => spanKey(row.trace_id, row.span_id)));
    for (const { traceId, id } of snapshots) {
      const key = spanKey(wellFormed(traceId), wellFormed(id));
      if (seen.has(key)) throw new SpanExistsError(id);
      seen.add(key);
    }
  }

  #standing(project: string, snapshots: readonly SpanSnapshot[]): Promise<readonly StandingSpan[]> {
    const places = snapshots.map(({ traceId, id }) => ({ trace_id: wellFormed(traceId), span_id: wellFormed(id) }));
    return this.#reader.standing(project, places);
  }

  async #tombstoned(project: string, snapshots: readonly SpanSnapshot[]): Promise<ReadonlySet<string>> {
    if (snapshots.length === 0) return new Set();
    const ids = [...new Set(snapshots.map(({ traceId }) => wellFormed(traceId)))];
    const rows = await this.#client.query<{ trace_id: string }>(
      `SELECT trace_id FROM tombstones WHERE project = {project:String} AND trace_id IN ${listOf("ids")}
       GROUP BY trace_id HAVING max(until_ms) > {now:Int64}`,
      { project, ids: JSON.stringify(ids), now: Math.round(this.#nowMs()) },
    );
    return new Set(rows.map((row) => row.trace_id));
  }

  patch(project: string, spanId: string, change: SpanChange): Promise<StoredSpan | undefined> {
    return this.#changes.run(async () => {
      const current = await this.findSpan(project, spanId);
      if (current === undefined) return undefined;
      await this.#write(project, [change(snapshotOfStored(current))], {});
      return this.getSpan(project, current.traceId, spanId);
    });
  }

  async report(project: string, received: ReceivedReport): Promise<void> {
    await this.#commit({}, await this.#book.note(project, received, new Set()));
  }

  setProducerState(project: string, producerId: string, state: ProducerState, reports: number): Promise<boolean> {
    return this.#book.setState(project, producerId, state, reports);
  }

  async pin(project: string, traceId: string, pinned: boolean): Promise<boolean> {
    if ((await this.#sealed(project, traceId)) === undefined) return false;
    const row = { project, trace_id: traceId, is_pinned: pinned ? 1 : 0, at: this.#clock.next() };
    const touch = { project, trace_id: traceId };
    await this.#queue.add({ pins: [JSON.stringify(row)], touches: [JSON.stringify(touch)] });
    await this.#sealer.settle();
    return true;
  }

  async deleteTraces(project: string, query: DeletionQuery): Promise<DeletionResponse> {
    await this.#sealer.settle();
    const deleted = await this.#remover.delete(project, query);
    this.#stored.clear();
    return deleted;
  }

  async expire(policy: RetentionPolicy): Promise<{ readonly deletedTraces: number; readonly hasMore: boolean }> {
    await this.#sealer.settle();
    const expired = await this.#remover.expire(policy, () => this.#list.storedBytes());
    if (expired.deletedTraces > 0) this.#stored.clear();
    return expired;
  }

  async listTraces(project: string, query: TraceQuery): Promise<TracePage> {
    await this.#sealer.settle();
    return this.#list.list(project, query);
  }

  async readTrace(project: string, traceId: string, query: TraceSpansQuery): Promise<SpansOfTrace | undefined> {
    const trace = await this.#sealed(project, traceId);
    if (trace === undefined) return undefined;
    this.#clock.see(trace.revision);
    return { trace, ...(await this.#reader.page(project, traceId, query)) };
  }

  async #sealed(project: string, traceId: string) {
    await this.#sealer.settle();
    return this.#list.find(project, traceId);
  }

  getSpan(project: string, traceId: string, spanId: string): Promise<StoredSpan | undefined> {
    return this.#reader.getSpan(project, traceId, spanId);
  }

  readSpan(project: string, traceId: string, spanId: string): Promise<string | undefined> {
    return this.#reader.readSpan(project, traceId, spanId);
  }

  async findSpan(project: string, spanId: string): Promise<StoredSpan | undefined> {
    const traceId = await this.#reader.traceOfSpan(project, spanId);
    return traceId === undefined ? undefined : this.getSpan(project, traceId, spanId);
  }

  listSpans(project: string, query: SpanQuery): Promise<readonly StoredSpan[]> {
    return this.#reader.listSpans(project, query);
  }

  searchSpans(project: string, search: SpanSearch): Promise<SpanPage> {
    return this.#searcher.search(project, search);
  }

  async stats(project: string): Promise<StoreStats> {
    await this.#sealer.settle();
    const storedBytes = await this.#list.storedBytes();
    return { ...(await this.#list.stats(project)), storedBytes };
  }

  async facets(project: string, query: FacetsQuery): Promise<Partial<Record<FacetField, readonly FacetValue[]>>> {
    await this.#sealer.settle();
    return this.#list.facets(project, query);
  }

  async searchText(project: string, query: SearchQuery): Promise<SearchPage> {
    await this.#sealer.settle();
    return this.#texts.search(project, query);
  }

  async aggregates(project: string, query: AggregatesQuery): Promise<AggregatesResponse> {
    await this.#sealer.settle();
    return readAggregates(this.#client, project, query);
  }

  async listSessions(project: string, query: SessionQuery): Promise<SessionPage> {
    await this.#sealer.settle();
    return this.#list.sessions(project, query);
  }

  getProducer(project: string, producerId: string): Promise<StoredProducer | undefined> {
    return this.#book.get(project, producerId);
  }

  listProducers(project: string, query: ProducerQuery): Promise<readonly ProducerSummary[]> {
    return this.#book.list(project, query);
  }

  async openTraceIds(project: string, producerId: string): Promise<readonly string[]> {
    await this.#sealer.settle();
    return this.#book.openTraceIds(project, producerId);
  }

  producersOf(project: string, spans: readonly SpanKey[]): Promise<readonly string[]> {
    return this.#reader.producersOf(project, spans);
  }

  /** What was accepted is stored. */
  close(): Promise<void> {
    clearTimeout(this.#sealing);
    this.#closing ??= this.#changes
      .run(async () => {})
      .then(() => this.#sealer.settle())
      .catch((error: unknown) => this.#onProblem(`traces are summed up by the next collector: ${String(error)}`))
      .then(() => this.#queue.close());
    return this.#closing;
  }

  #sealLater(left = SEALS_AFTER_WRITE): void {
    this.#sealsLeft = Math.max(this.#sealsLeft, left);
    if (this.#sealing !== undefined || this.#closing !== undefined || this.#sealsLeft === 0) return;
    this.#sealing = setTimeout(() => {
      this.#sealing = undefined;
      this.#sealsLeft -= 1;
      this.#sealer
        .settle()
        .catch((error: unknown) => {
          this.#onProblem(`summing up traces failed, and goes on later: ${(error as Error).message}`);
        })
        .finally(() => this.#sealLater(0));
    }, SEAL_DELAY_MS);
    this.#sealing.unref();
  }
}
