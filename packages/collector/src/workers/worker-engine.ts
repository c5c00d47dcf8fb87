/**
 * The engine in processes of its own: one decodes, writes and looks after the store, others read. This process receives
 * bodies and sends responses, as bytes that it does not look into, so nothing that a request asks for holds it up.
 */
import type { Clock } from "@everspan/protocol";
import type { PriceOverride } from "../cost/price-overrides.ts";
import { type Engine, type EngineEvents, type EngineFigures, LocalEngine } from "../engine/engine.ts";
import { HttpError } from "../http/http-errors.ts";
import type { HttpResult } from "../http/http-result.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { addFigures, type IngestFigures, NO_FIGURES } from "../ingest/ingest-counts.ts";
import type { BodyReceiver } from "../ingest/receive.ts";
import type { Logger } from "../logger.ts";
import type { RetentionOptions } from "../retention/retention-timer.ts";
import { STORE_CAPABILITIES } from "../store/capabilities.ts";
import type { TraceStore } from "../store/trace-store.ts";
import { HandedBodies } from "./handed-bodies.ts";
import { type Handlers, type Parcel, PeerGoneError, type ReceivedParcel } from "./peer.ts";
import { ReaderPool } from "./reader-pool.ts";
import { remoteStore } from "./remote-store.ts";
import { decodeValues, encodeValues } from "./store-calls.ts";
import { WorkerProcess } from "./worker-process.ts";
import {
  type BodyCall,
  keyOfRoute,
  type LogNote,
  type OpenCall,
  type ProducerNote,
  type RemovedNote,
  type ServeCall,
  type ServedHead,
  type StoreCall,
  type StoredNote,
  type WorkerRole,
} from "./worker-protocol.ts";

export interface WorkerEngineOptions {
  readonly storePath: string;
  /** Processes that read, at least one. */
  readonly readers: number;
  readonly events: EngineEvents;
  readonly receiver: BodyReceiver;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retention: RetentionOptions;
  readonly keptBlobBytes?: number | undefined;
  /** The user's own prices, which go before those of the public table. */
  readonly prices?: readonly PriceOverride[];
  /** Those whose producers are watched from the start. */
  readonly projects: readonly string[];
  /** What is wrong with the store's files; undefined while nothing is. */
  readonly findProblem: () => string | undefined;
  /** How long a question may take, in milliseconds. Default 10 000. */
  readonly readDeadlineMs?: number;
  /** The workers' module. Default: the one beside this code, built or from the sources. */
  readonly workerProgram?: string;
}

const READ_DEADLINE_MS = 10_000;
const MAX_WAITING_QUESTIONS = 1000;
/** MiB of objects: a body of the largest size is parsed into about ten times as much. */
const WRITER_HEAP_MB = 1024;
const READER_HEAP_MB = 512;

/** Who the sender is was found out here; no worker needs to see it. */
const CREDENTIALS: ReadonlySet<string> = new Set(["authorization", "cookie", "x-api-key", "x-agent-api-key"]);

export class WorkerEngine implements Engine {
  readonly routes: readonly Route[];
  /** The store that the workers hold. */
  readonly store: TraceStore;
  readonly #options: WorkerEngineOptions;
  readonly #local: LocalEngine;
  readonly #writer: WorkerProcess;
  readonly #readers: readonly WorkerProcess[];
  readonly #pool: ReaderPool;
  readonly #bodies: HandedBodies;
  /** Of the writer's earlier lives, and what the present one said last. */
  #earlier: IngestFigures = NO_FIGURES;
  #latest: IngestFigures = NO_FIGURES;

  private constructor(options: WorkerEngineOptions) {
    this.#options = options;
    this.#bodies = new HandedBodies(options.receiver, () => this.#pool.share());
    this.#writer = this.#worker("writer", "writer");
    this.#readers = Array.from({ length: options.readers }, (_, index) =>
      this.#worker(`reader-${index + 1}`, "reader"),
    );
    this.#pool = new ReaderPool(this.#readers, {
      deadlineMs: options.readDeadlineMs ?? READ_DEADLINE_MS,
      maxWaiting: MAX_WAITING_QUESTIONS,
    });
    this.store = remoteStore({
      capabilities: new Set(STORE_CAPABILITIES),
      write: (method, args) => this.#callStore((call) => this.#writer.call("store", call), method, args),
      read: (method, args) =>
        this.#callStore((call) => this.#pool.ask((reader) => reader.call("store", call)), method, args),
      close: () => this.#closeWorkers(),
    });
    const { events, receiver, clock, logger, findProblem, keptBlobBytes } = options;
    const parts = { events, receiver, clock, logger, findProblem, keptBlobBytes, retention: {} };
    this.#local = new LocalEngine({ ...parts, store: this.store });
    this.routes = this.#local.routes.map((route) => (route.isStreamed === true ? route : this.#placed(route)));
  }

  /** @throws Error with a sentence for the user when the store can't be opened */
  static async start(options: WorkerEngineOptions): Promise<WorkerEngine> {
    const engine = new WorkerEngine(options);
    try {
      await engine.#writer.start();
      // They open what the writer has made or brought up to date.
      await Promise.all(engine.#readers.map((reader) => reader.start()));
    } catch (error) {
      await engine.#closeWorkers();
      throw error;
    }
    return engine;
  }

  /** Processes beside this one. */
  get pids(): readonly number[] {
    return this.#all.flatMap(({ pid }) => pid ?? []);
  }

  isEmpty(): Promise<boolean> {
    return this.#local.isEmpty();
  }

  readonly problem = (): string | undefined => {
    const problem = this.#options.findProblem();
    if (problem !== undefined || this.#writer.isReady) return problem;
    return "the process that writes to the store ended and is being started again";
  };

  async figures(): Promise<EngineFigures> {
    await this.#askFigures();
    // The local engine's store is the workers' one: what it says of the medium is theirs.
    const { ingest: here, storedBytes } = await this.#local.figures();
    const workers = this.#all.map(async (worker) => ({
      name: worker.name,
      isReady: worker.isReady,
      residentBytes: await worker.residentBytes(),
      restarts: worker.restarts,
    }));
    return {
      ingest: [this.#earlier, this.#latest].reduce(addFigures, here),
      storedBytes,
      workers: await Promise.all(workers),
    };
  }

  async close(): Promise<void> {
    this.#pool.close();
    await this.#local.close();
  }

  get #all(): readonly WorkerProcess[] {
    return [this.#writer, ...this.#readers];
  }

  async #closeWorkers(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
    await this.#writer.close();
  }

  #worker(name: string, role: WorkerRole): WorkerProcess {
    const { storePath, retention, keptBlobBytes, projects, prices = [], logger } = this.#options;
    const open: OpenCall = { role, storePath, retention, keptBlobBytes, projects, prices };
    const handlers: Handlers = {
      calls: {
        body: async ({ head }) => ({ body: await this.#bodies.receive(head as BodyCall) }),
        older: ({ head }) => this.#writer.call("older", { head }),
      },
      notes: {
        stored: (head) => {
          const { project, traceIds } = head as StoredNote;
          this.#options.events.onStored(project, traceIds);
        },
        producer: (head) => {
          const { project, producerId, state } = head as ProducerNote;
          this.#options.events.onProducer(project, producerId, state);
        },
        removed: (head) => this.#options.events.onRemoved((head as RemovedNote).project),
        log: (head) => {
          const { level, message } = head as LogNote;
          logger[level](message);
        },
      },
    };
    const onReady = (): void => {
      if (role === "reader") this.#pool.share();
      else this.#beginFigures();
    };
    const heapMb = role === "writer" ? WRITER_HEAP_MB : READER_HEAP_MB;
    return new WorkerProcess({ name, open, handlers, logger, heapMb, onReady, program: this.#options.workerProgram });
  }

  #placed(route: Route): Route {
    return { ...route, handler: (request) => this.#serve(route, request) };
  }

  async #serve(route: Route, request: RouteRequest): Promise<HttpResult> {
    const { id, isReceiving, release } = this.#bodies.open(request);
    const { project, parameters, query, raw } = request;
    const head: ServeCall = {
      route: keyOfRoute(route),
      method: raw.method as ServeCall["method"],
      headers: headersOf(request),
      request: id,
      project,
      parameters,
      query,
    };
    try {
      if (route.scope === "read") {
        return toResult(await this.#pool.ask((reader) => reader.call("serve", { head }), isReceiving));
      }
      this.#refuseProblem();
      const parcel = await this.#writer.call("serve", { head });
      // What was written to files that went meanwhile is not stored.
      this.#refuseProblem();
      return toResult(parcel);
    } catch (error) {
      throw error instanceof PeerGoneError ? writerGone() : error;
    } finally {
      release();
    }
  }

  #refuseProblem(): void {
    if (this.#options.findProblem() === undefined) return;
    throw new HttpError(503, "STORE_UNAVAILABLE", "the store can't write now", { "retry-after": "5" });
  }

  async #callStore(
    call: (parcel: Parcel) => Promise<ReceivedParcel>,
    method: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    const head: StoreCall = { method };
    try {
      return decodeValues((await call({ head, body: encodeValues(args) })).body);
    } catch (error) {
      throw error instanceof PeerGoneError ? writerGone() : error;
    }
  }

  #beginFigures(): void {
    this.#earlier = addFigures(this.#earlier, this.#latest);
    this.#latest = NO_FIGURES;
  }

  async #askFigures(): Promise<void> {
    const answer = await this.#writer.call("figures").catch(() => undefined);
    if (answer !== undefined) this.#latest = answer.head as IngestFigures;
  }
}

/** It may have committed before it ended: whoever sends again sends what is merged. */
function writerGone(): HttpError {
  const message =
    "the process that writes to the store ended and is started again; whether this was stored is not known";
  return new HttpError(503, "STORE_UNAVAILABLE", message, { "retry-after": "1" });
}

function headersOf({ raw }: RouteRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw.headers)) {
    if (!CREDENTIALS.has(name) && typeof value === "string") headers[name] = value;
  }
  return headers;
}

function toResult({ head, body: bytes }: ReceivedParcel): HttpResult {
  const { status, headers, type } = head as ServedHead;
  return { status, headers, body: type === null ? { kind: "empty" } : { kind: "bytes", type, bytes } };
}
