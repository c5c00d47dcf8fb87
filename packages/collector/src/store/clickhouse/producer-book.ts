/** The producers of all projects: this collector's rows of them in memory, those of the others from the table. */
import { BoundedMap, type ProducerState, type ProducerSummary } from "@everspan/protocol";
import type { ProducerQuery, ReceivedReport, StoredProducer } from "../producer-store.ts";
import type { Block, BlockQueue } from "./block-queue.ts";
import { type ClickHouseClient, listOf } from "./client.ts";
import type { ArrivalClock } from "./clock.ts";
import { groupBy } from "./group-by.ts";
import { type Mutex, SharedRun } from "./mutex.ts";
import {
  droppedIn,
  emptyRow,
  HORIZON_SQL,
  joinRows,
  type KnownProducer,
  PRODUCER_COLUMNS,
  type ProducerRow,
  withReport,
} from "./producer-rows.ts";

/** Traces of a producer's last batch that a loss which it reports next is counted for. */
const MAX_RECENT_TRACES = 64;
const MAX_OWN_ROWS = 100_000;
const STATES: readonly ProducerState[] = ["running", "idle", "stalled", "lost", "ended"];

export interface BookParts {
  readonly client: ClickHouseClient;
  readonly queue: BlockQueue;
  readonly clock: ArrivalClock;
  /** A name that no other collector has. */
  readonly collector: string;
  /** Held while summaries are made, so that none is made of a state that changes meanwhile. */
  readonly mutex: Mutex;
}

export class ProducerBook {
  readonly #parts: BookParts;
  readonly #own = new BoundedMap<ProducerRow>(MAX_OWN_ROWS);
  readonly #recent = new BoundedMap<readonly string[]>(MAX_OWN_ROWS);
  readonly #changed = new Map<string, Set<string>>();
  readonly #grown = new Set<string>();
  readonly #refresh: SharedRun;
  #made = 0;

  constructor(parts: BookParts) {
    this.#parts = parts;
    this.#refresh = new SharedRun(parts.mutex, () => this.#touchStale());
  }

  /** The rows of a report. `settle` follows when they are stored, `undo` when they are not. */
  async note(project: string, received: ReceivedReport, traceIds: ReadonlySet<string>): Promise<NotedReport> {
    const { report } = received;
    const key = keyOf(project, report.id);
    const prior = this.#own.get(key);
    const next = withReport(prior ?? this.#fresh(project, report.id), received);
    this.#own.set(key, next);
    if (prior === undefined) this.#grown.add(project);
    const losses = await this.#lossesOf(project, received, prior, traceIds);
    if (traceIds.size > 0) this.#recent.set(key, [...traceIds].slice(0, MAX_RECENT_TRACES));
    return {
      block: { producers: [this.#line(project, next)], ...losses },
      undo: () => {
        if (this.#own.get(key) !== next) return;
        if (prior === undefined) this.#own.delete(key);
        else this.#own.set(key, prior);
      },
      settle: () => this.#stateChanged(project, report.id),
    };
  }

  async setState(project: string, producerId: string, state: ProducerState, reports: number): Promise<boolean> {
    const known = await this.#find(project, producerId);
    if (known === undefined || known.reports > reports) return false;
    const key = keyOf(project, producerId);
    const row = this.#own.get(key) ?? this.#fresh(project, producerId);
    const next = { ...row, told_state: state, told_news: known.news, told_at: this.#parts.clock.next() };
    this.#own.set(key, next);
    await this.#parts.queue.add({ producers: [this.#line(project, next)] });
    await this.#stateChanged(project, producerId);
    return true;
  }

  async get(project: string, producerId: string): Promise<StoredProducer | undefined> {
    const known = await this.#find(project, producerId);
    return known === undefined ? undefined : { producer: known.producer, reports: known.reports };
  }

  async list(project: string, { limit, states }: ProducerQuery): Promise<readonly ProducerSummary[]> {
    const rows = await this.#parts.client.query<ProducerRow>(
      `${LATEST} WHERE project = {project:String} ${NEWEST_ROW}`,
      { project },
    );
    const horizon = await this.#horizon(project);
    return [...this.#joined(project, rows).values()]
      .filter((known) => known.seenMs >= horizon && (states === undefined || states.includes(known.state)))
      .sort((a, b) => b.seenMs - a.seenMs || (a.producer.id < b.producer.id ? -1 : 1))
      .slice(0, limit)
      .map(({ producer }) => producer);
  }

  /** Those that are known; of any other it is known that it is gone. */
  async known(project: string, producerIds: ReadonlySet<string>): Promise<ReadonlyMap<string, KnownProducer>> {
    if (producerIds.size === 0) return new Map();
    const rows = await this.#parts.client.query<ProducerRow>(
      `${LATEST} WHERE project = {project:String} AND producer_id IN ${listOf("ids")} ${NEWEST_ROW}`,
      { project, ids: JSON.stringify([...producerIds]) },
    );
    const horizon = await this.#horizon(project);
    return new Map([...this.#joined(project, rows)].filter(([, known]) => known.seenMs >= horizon));
  }

  async #find(project: string, producerId: string): Promise<KnownProducer | undefined> {
    return (await this.known(project, new Set([producerId]))).get(producerId);
  }

  async #horizon(project: string): Promise<number> {
    const rows = await this.#parts.client.query<{ horizon: number }>(HORIZON_SQL, { project });
    return rows[0]?.horizon ?? 0;
  }

  /** What this collector knows is newer in memory than in the table. */
  #joined(project: string, rows: readonly ProducerRow[]): Map<string, KnownProducer> {
    const byId = groupBy(rows, (row) => row.producer_id);
    const known = new Map<string, KnownProducer>();
    for (const [id, stored] of byId) {
      const own = this.#own.get(keyOf(project, id));
      const others = own === undefined ? stored : stored.filter((row) => row.collector !== own.collector);
      const joined = joinRows(own === undefined ? others : [...others, own]);
      if (joined !== undefined) known.set(id, joined);
    }
    return known;
  }

  #fresh(project: string, producerId: string): ProducerRow {
    // A row that was forgotten here is not begun anew under its name: it would take the place of what it had counted.
    this.#made += 1;
    return emptyRow(producerId, `${this.#parts.collector}-${project.length}-${this.#made}`);
  }

  #line(project: string, row: ProducerRow): string {
    return JSON.stringify({ project, ...row, updated: this.#parts.clock.next() });
  }

  /**
   * What was dropped since its report before is counted for the traces that the producer was sending then: those of its
   * batch, of the batch before, and those with open spans. Which of them lost what, nobody knows.
   */
  async #lossesOf(
    project: string,
    { report }: ReceivedReport,
    prior: ProducerRow | undefined,
    traceIds: ReadonlySet<string>,
  ): Promise<Block> {
    const dropped = droppedIn(report);
    if (dropped === 0) return {};
    const before = prior?.report
      ? droppedIn(JSON.parse(prior.report))
      : await this.#droppedElsewhere(project, report.id);
    if (before === undefined || dropped <= before) return {};
    const openIds = await this.openTraceIds(project, report.id);
    const recent = this.#recent.get(keyOf(project, report.id)) ?? [];
    const all = new Set([...traceIds, ...recent, ...openIds.slice(0, MAX_RECENT_TRACES)]);
    const loss = { project, producer_id: report.id, collector: this.#parts.collector, report: report.batch };
    return {
      losses: Array.from(all, (traceId) => JSON.stringify({ ...loss, trace_id: traceId, records: dropped - before })),
      touches: Array.from(all, (traceId) => JSON.stringify({ project, trace_id: traceId })),
    };
  }

  /** Undefined: nobody heard of it before, so its losses are of no trace that is here. */
  async #droppedElsewhere(project: string, producerId: string): Promise<number | undefined> {
    const known = await this.#find(project, producerId);
    return known === undefined || known.reports <= 1 ? undefined : droppedIn(known.report);
  }

  /** Traces that have open spans of this producer, as far as they are summed up. */
  async openTraceIds(project: string, producerId: string): Promise<string[]> {
    return this.#tracesWith(
      project,
      STATES.map((state) => openMark(producerId, state)),
    );
  }

  async #tracesWith(project: string, marks: readonly string[]): Promise<string[]> {
    const rows = await this.#parts.client.query<{ trace_id: string }>(
      `SELECT trace_id FROM seals FINAL WHERE project = {project:String} AND hasAny(open_producers, ${listOf("marks")})
       ORDER BY trace_id`,
      { project, marks: JSON.stringify(marks) },
    );
    return rows.map((row) => row.trace_id);
  }

  async #stateChanged(project: string, producerId: string): Promise<void> {
    const ids = this.#changed.get(project) ?? new Set();
    this.#changed.set(project, ids.add(producerId));
    await this.#refresh.run();
  }

  /** Has the traces summed up again whose summary counts open spans by a state that is no longer so. */
  async #touchStale(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const [project, ids] of changed) {
      if (this.#grown.delete(project)) for (const id of await this.#forgotten(project)) ids.add(id);
      const known = await this.known(project, ids);
      const stale = [...ids].flatMap((id) => {
        const state = known.get(id)?.state ?? "lost";
        return STATES.filter((other) => other !== state).map((other) => openMark(id, other));
      });
      const traceIds = await this.#tracesWith(project, stale);
      await this.#parts.queue.add({ touches: traceIds.map((id) => JSON.stringify({ project, trace_id: id })) });
    }
  }

  async #forgotten(project: string): Promise<string[]> {
    const rows = await this.#parts.client.query<{ producer_id: string }>(
      `SELECT producer_id FROM producers WHERE project = {project:String} GROUP BY producer_id
       HAVING max(seen_ms) < (${HORIZON_SQL})`,
      { project },
    );
    return rows.map((row) => row.producer_id);
  }
}

export interface NotedReport {
  readonly block: Block;
  readonly undo: () => void;
  readonly settle: () => Promise<void>;
}

/** How a seal names the state by which it counted a producer's open spans. */
export function openMark(producerId: string, state: ProducerState): string {
  return `${state}:${producerId}`;
}

const LATEST = `SELECT ${PRODUCER_COLUMNS} FROM producers`;
const NEWEST_ROW = "ORDER BY updated DESC LIMIT 1 BY producer_id, collector";

function keyOf(project: string, producerId: string): string {
  return `${project}\0${producerId}`;
}
