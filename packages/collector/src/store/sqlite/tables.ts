/** Opens a store file and puts the parts together that read and write its tables. */
import type { PriceOverride } from "../../cost/price-overrides.ts";
import { Pricing } from "../../cost/pricing.ts";
import { MAX_BODY_BYTES } from "../../limits.ts";
import { FacetCounts } from "./lists/facet-counts.ts";
import { FacetTable } from "./lists/facet-table.ts";
import { SessionList } from "./lists/session-list.ts";
import { TraceList } from "./lists/trace-list.ts";
import { BlobReader, FrameTable } from "./payloads/frame-table.ts";
import { Retention } from "./retention/retention.ts";
import { RollupSums } from "./rollups/rollup-sums.ts";
import { RollupTable } from "./rollups/rollup-table.ts";
import { openDatabase, openReadOnly } from "./schema/open-database.ts";
import type { Database } from "./schema/sqlite.ts";
import { ProjectTable, WordTable } from "./schema/word-table.ts";
import { IndexMerge, mergeByHand } from "./search/index-merge.ts";
import { SearchTable } from "./search/search-table.ts";
import { TextSearch } from "./search/text-search.ts";
import { SpanReader } from "./spans/span-reader.ts";
import { TracePages } from "./spans/trace-page.ts";
import { ProducerTable } from "./writing/producer-table.ts";
import { SpanWriter } from "./writing/span-writer.ts";
import { TraceTable } from "./writing/trace-table.ts";

export interface Tables {
  readonly database: Database;
  readonly projects: ProjectTable;
  readonly words: WordTable;
  readonly facets: FacetTable;
  readonly frames: FrameTable;
  readonly traces: TraceTable;
  readonly producers: ProducerTable;
  readonly rollups: RollupTable;
  readonly rollupSums: RollupSums;
  readonly search: SearchTable;
  /** Of the connection that writes. */
  readonly textMerge: IndexMerge;
  readonly nameMerge: IndexMerge;
  readonly writer: SpanWriter;
  readonly reader: SpanReader;
  readonly pages: TracePages;
  readonly list: TraceList;
  readonly facetCounts: FacetCounts;
  readonly sessions: SessionList;
  readonly texts: TextSearch;
  readonly retention: Retention;
  readonly pricing: Pricing;
  /** Forgets what a transaction that was undone left half done in memory. */
  forget(): void;
}

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** The user's own prices. */
  readonly prices?: readonly PriceOverride[];
  /** See `SqliteTraceStoreOptions`. */
  readonly maxComparedBytes?: number | undefined;
}

/** @throws Error that says why the file can't be used */
export function openTables(path: string, options: OpenOptions = {}): Tables {
  const { readOnly = false, prices = [], maxComparedBytes = MAX_BODY_BYTES } = options;
  const database = readOnly ? openReadOnly(path) : openDatabase(path);
  if (!readOnly) mergeByHand(database);
  const projects = new ProjectTable(database);
  const words = new WordTable(database);
  const facets = new FacetTable(database);
  const frames = new FrameTable(database);
  const blobs = new BlobReader(database);
  const traces = new TraceTable(database, facets, frames);
  const producers = new ProducerTable(database, traces);
  const rollupSums = new RollupSums(database);
  const rollups = new RollupTable(database, rollupSums);
  const search = new SearchTable(database, words, blobs);
  const reader = new SpanReader(database, blobs, words);
  const pricing = new Pricing(prices);
  const writer = new SpanWriter(database, {
    projects,
    words,
    traces,
    producers,
    rollups,
    search,
    reader,
    pricing,
    maxComparedBytes,
  });
  const list = new TraceList(database, facets);
  return {
    database,
    projects,
    words,
    facets,
    frames,
    traces,
    producers,
    rollups,
    rollupSums,
    search,
    textMerge: new IndexMerge(database, "texts"),
    nameMerge: new IndexMerge(database, "trace_names"),
    writer,
    reader,
    pages: new TracePages(database, blobs, words, producers),
    list,
    facetCounts: new FacetCounts(database, list),
    sessions: new SessionList(database, facets),
    texts: new TextSearch(database, search),
    retention: new Retention(database, { traces, facets, frames, writer }),
    pricing,
    forget: () => {
      for (const part of [projects, words, facets, frames, traces, producers, rollups, blobs]) part.forget();
    },
  };
}
