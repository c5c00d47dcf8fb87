/**
 * What stands behind the HTTP server: the routes of data with all that they need. It runs in the process that serves
 * (`LocalEngine`), or in processes of its own (`workers/worker-engine.ts`).
 */
import type { Clock, ProducerState } from "@everspan/protocol";
import type { Route } from "../http/route.ts";
import { Ingest } from "../ingest/ingest.ts";
import { IngestCounts, type IngestFigures } from "../ingest/ingest-counts.ts";
import type { BodyReceiver } from "../ingest/receive.ts";
import type { Logger } from "../logger.ts";
import { ProducerWatches } from "../producers/producer-watches.ts";
import { DEFAULT_PROJECT } from "../project.ts";
import { type RetentionOptions, RetentionTimer } from "../retention/retention-timer.ts";
import type { TraceStore } from "../store/trace-store.ts";
import { dataRoutes } from "./data-routes.ts";

export interface Engine {
  readonly routes: readonly Route[];
  /** True while the default project has no trace. */
  isEmpty(): Promise<boolean>;
  figures(): Promise<EngineFigures>;
  /** Why nothing can be stored now, in a sentence; undefined while it can. */
  problem(): string | undefined;
  /** Finishes what was begun and releases the medium. */
  close(): Promise<void>;
}

export interface EngineFigures {
  readonly ingest: IngestFigures;
  /** Of the store's medium in use. */
  readonly storedBytes: number;
  /** Processes beside the one that serves. */
  readonly workers: readonly WorkerFigures[];
}

export interface WorkerFigures {
  readonly name: string;
  readonly isReady: boolean;
  readonly residentBytes: number;
  /** How often it was started again. */
  readonly restarts: number;
}

/** Who wants to know what changes. */
export interface EngineEvents {
  onStored(project: string, traceIds: Iterable<string>): void;
  onProducer(project: string, producerId: string, state: ProducerState): void;
  /** Traces are gone, of one project or of any. */
  onRemoved(project: string | undefined): void;
}

export interface LocalEngineOptions {
  readonly store: TraceStore;
  readonly events: EngineEvents;
  readonly receiver: BodyReceiver;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly findProblem: () => string | undefined;
  readonly retention: RetentionOptions;
  readonly keptBlobBytes?: number | undefined;
}

export class LocalEngine implements Engine {
  readonly routes: readonly Route[];
  readonly problem: () => string | undefined;
  readonly #store: TraceStore;
  readonly #counts = new IngestCounts();
  readonly #watches: ProducerWatches;
  readonly #retention: RetentionTimer;

  constructor(options: LocalEngineOptions) {
    const { store, events, receiver, clock, logger, findProblem, retention, keptBlobBytes } = options;
    this.#store = store;
    this.problem = findProblem;
    this.#watches = new ProducerWatches({
      store,
      clock,
      onChange: (project, { producerId, state, traceIds }) => {
        events.onProducer(project, producerId, state);
        events.onStored(project, traceIds);
      },
    });
    this.#retention = new RetentionTimer(store, clock, logger, {
      ...retention,
      onRemoved: () => events.onRemoved(undefined),
    });
    const onStored = (project: string, traceIds: ReadonlySet<string>) => events.onStored(project, traceIds);
    const ingest = new Ingest(store, this.#counts, onStored, this.#watches, findProblem);
    const onRemoved = (project: string) => events.onRemoved(project);
    this.routes = dataRoutes({ store, ingest, receiver, clock, keptBlobBytes, onRemoved });
  }

  /** Goes on with what an earlier collector knew of the producers of these projects. */
  async resume(projects: Iterable<string>): Promise<void> {
    await this.#watches.resume(projects);
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#store.stats(DEFAULT_PROJECT)).traces === 0;
  }

  async figures(): Promise<EngineFigures> {
    // A store that fails must not hide the figures that tell it.
    const stats = await this.#store.stats(DEFAULT_PROJECT).catch(() => undefined);
    return { ingest: this.#counts.figures(), storedBytes: stats?.storedBytes ?? 0, workers: [] };
  }

  async close(): Promise<void> {
    this.#watches.close();
    await this.#retention.close();
    await this.#store.close();
  }
}
