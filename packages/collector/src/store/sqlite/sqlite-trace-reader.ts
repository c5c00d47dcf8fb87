/** Reads a store file: all questions of the contract, over one connection. */
import {
  type AggregatesResponse,
  type FacetField,
  type FacetValue,
  type ProducerSummary,
  parseJsonNumbers,
  type StoredSpan,
} from "@everspan/protocol";
import { nextTurn, SLICE_MS } from "../../turns.ts";
import { STORE_CAPABILITIES, type StoreCapability } from "../capabilities.ts";
import type {
  AggregatesQuery,
  FacetsQuery,
  ProducerQuery,
  ProducerStore,
  SearchPage,
  SearchQuery,
  SessionPage,
  SessionQuery,
  SpanKey,
  SpanPage,
  SpanQuery,
  SpanSearch,
  SpansOfTrace,
  StoredProducer,
  StoreStats,
  TracePage,
  TraceQuery,
  TraceReader,
  TraceSpansQuery,
} from "../trace-store.ts";
import type { Tables } from "./tables.ts";

/** Brings over what is asked for and may still lie in a file of an older format. */
export interface OlderTraces {
  fetchTrace(project: string, traceId: string): Promise<void>;
  fetchSpan(project: string, spanId: string): Promise<void>;
}

type ReadMethods = TraceReader & Omit<ProducerStore, "report" | "setProducerState">;

export abstract class SqliteTraceReader implements ReadMethods {
  readonly capabilities: ReadonlySet<StoreCapability> = new Set(STORE_CAPABILITIES);
  protected abstract readonly tables: Tables;
  protected abstract readonly older: OlderTraces;

  /**
   * Runs one question, which may be several statements: all of them see the same commit, so a frame that is joined
   * meanwhile is still where its row says.
   */
  protected read<Value>(question: () => Value): Value {
    const { database } = this.tables;
    database.exec("BEGIN");
    try {
      return question();
    } finally {
      database.exec("COMMIT");
    }
  }

  async listTraces(project: string, query: TraceQuery): Promise<TracePage> {
    return this.read(() => {
      const number = this.tables.projects.find(project);
      return number === undefined ? { traces: [], nextCursor: null } : this.tables.list.list(number, query);
    });
  }

  async readTrace(project: string, traceId: string, query: TraceSpansQuery): Promise<SpansOfTrace | undefined> {
    await this.older.fetchTrace(project, traceId);
    const page = this.read(() => {
      const number = this.tables.projects.find(project);
      return number === undefined ? undefined : this.tables.pages.open(number, traceId, query);
    });
    if (page === undefined) return undefined;
    for (;;) {
      await nextTurn();
      const whole = this.read(() => page.readSome(performance.now() + SLICE_MS));
      if (whole !== undefined) return whole;
    }
  }

  async getSpan(project: string, traceId: string, spanId: string): Promise<StoredSpan | undefined> {
    const json = await this.readSpan(project, traceId, spanId);
    return json === undefined ? undefined : (parseJsonNumbers(json) as StoredSpan);
  }

  async readSpan(project: string, traceId: string, spanId: string): Promise<string | undefined> {
    await this.older.fetchTrace(project, traceId);
    return this.read(() => {
      const number = this.tables.projects.find(project);
      return number === undefined ? undefined : this.tables.reader.readSpan(number, traceId, spanId);
    });
  }

  async findSpan(project: string, spanId: string): Promise<StoredSpan | undefined> {
    await this.older.fetchSpan(project, spanId);
    return this.read(() => {
      const number = this.tables.projects.find(project);
      return number === undefined ? undefined : this.tables.reader.findSpan(number, spanId);
    });
  }

  async listSpans(project: string, query: SpanQuery): Promise<readonly StoredSpan[]> {
    return this.read(() => {
      const number = this.tables.projects.find(project);
      return number === undefined ? [] : this.tables.reader.listSpans(number, query);
    });
  }

  async searchSpans(project: string, search: SpanSearch): Promise<SpanPage> {
    return this.read(() => {
      const number = this.tables.projects.find(project);
      return number === undefined ? { spans: [], hasMore: false } : this.tables.reader.searchSpans(number, search);
    });
  }

  async stats(project: string): Promise<StoreStats> {
    return this.read(() => this.tables.reader.stats(this.tables.projects.find(project) ?? 0));
  }

  async facets(project: string, query: FacetsQuery): Promise<Partial<Record<FacetField, readonly FacetValue[]>>> {
    return this.read(() => {
      const number = this.tables.projects.find(project) ?? 0;
      const { fields, prefix = "", limit, of } = query;
      if (of !== undefined) return this.tables.facetCounts.list(number, of, query);
      return Object.fromEntries(fields.map((field) => [field, this.tables.facets.list(number, field, prefix, limit)]));
    });
  }

  async searchText(project: string, query: SearchQuery): Promise<SearchPage> {
    return this.read(() => {
      const number = this.tables.projects.find(project);
      if (number === undefined) return { hits: [], nextCursor: null, indexedUpTo: null };
      return this.tables.texts.search(number, query);
    });
  }

  async aggregates(project: string, query: AggregatesQuery): Promise<AggregatesResponse> {
    return this.read(() => this.tables.rollups.read(this.tables.projects.find(project) ?? 0, query));
  }

  async listSessions(project: string, query: SessionQuery): Promise<SessionPage> {
    return this.read(() => this.tables.sessions.list(this.tables.projects.find(project) ?? 0, query));
  }

  async getProducer(project: string, producerId: string): Promise<StoredProducer | undefined> {
    return this.read(() => this.tables.producers.find(this.tables.projects.find(project) ?? 0, producerId));
  }

  async listProducers(project: string, query: ProducerQuery): Promise<readonly ProducerSummary[]> {
    return this.read(() => this.tables.producers.list(this.tables.projects.find(project) ?? 0, query));
  }

  async openTraceIds(project: string, producerId: string): Promise<readonly string[]> {
    return this.read(() => this.tables.producers.openTraceIds(this.tables.projects.find(project) ?? 0, producerId));
  }

  async producersOf(project: string, spans: readonly SpanKey[]): Promise<readonly string[]> {
    return this.read(() => this.tables.reader.producersOf(this.tables.projects.find(project) ?? 0, spans));
  }
}
