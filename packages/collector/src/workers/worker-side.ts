/** A worker's side of the channel: opens the store in its role, serves the routes that are placed there. */
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { systemClock } from "@everspan/protocol";
import { takeWriterLock } from "../data-directory.ts";
import { LocalEngine } from "../engine/engine.ts";
import { HttpError } from "../http/http-errors.ts";
import type { HttpResult } from "../http/http-result.ts";
import type { Route } from "../http/route.ts";
import { storeFailure } from "../ingest/store-failure.ts";
import type { Logger } from "../logger.ts";
import { SqliteReadOnlyStore } from "../store/sqlite/sqlite-read-only-store.ts";
import type { OlderTraces } from "../store/sqlite/sqlite-trace-reader.ts";
import { SqliteTraceStore, type SqliteTraceStoreOptions } from "../store/sqlite/sqlite-trace-store.ts";
import type { TraceStore } from "../store/trace-store.ts";
import { type Handlers, type Parcel, Peer } from "./peer.ts";
import { RemoteBodyReceiver } from "./remote-body.ts";
import { callStore, decodeValues, encodeValues } from "./store-calls.ts";
import {
  keyOfRoute,
  type LogNote,
  type OlderCall,
  type OpenCall,
  type ProducerNote,
  type RemovedNote,
  type ServeCall,
  type ServedHead,
  type StoreCall,
  type StoredNote,
  type WorkerStatus,
} from "./worker-protocol.ts";

interface Opened {
  readonly engine: LocalEngine;
  readonly store: TraceStore;
  readonly older: OlderTraces;
  readonly routes: ReadonlyMap<string, Route>;
  readonly release: () => void;
}

type OpenToWrite = (options: SqliteTraceStoreOptions) => SqliteTraceStore;

export class WorkerSide {
  readonly #peer: Peer;
  readonly #receiver: RemoteBodyReceiver;
  readonly #openToWriteStore: OpenToWrite;
  #opened: Opened | undefined;

  /**
   * @param onGone called when the serving process is gone: nobody is left to work for
   * @param openToWrite opens the store of the writer
   */
  constructor(
    stream: Duplex,
    onGone: () => void,
    openToWrite: OpenToWrite = (options) => new SqliteTraceStore(options),
  ) {
    this.#openToWriteStore = openToWrite;
    const calls: Handlers["calls"] = {
      open: async ({ head }) => {
        await this.#open(head as OpenCall);
        return {};
      },
      serve: ({ head }) => this.#serve(head as ServeCall),
      store: async ({ head, body }) => {
        const { method } = head as StoreCall;
        return { body: encodeValues(await callStore(this.#current.store, method, decodeValues(body) as unknown[])) };
      },
      older: async ({ head }) => {
        await bringOver(this.#current.older, head as OlderCall);
        return {};
      },
      figures: async () => ({ head: (await this.#current.engine.figures()).ingest }),
      status: () => ({ head: { residentBytes: process.memoryUsage.rss() } satisfies WorkerStatus }),
      close: async () => {
        await this.#close();
        return {};
      },
    };
    this.#peer = new Peer(stream, { calls }, onGone);
    this.#receiver = new RemoteBodyReceiver(this.#peer);
  }

  get #current(): Opened {
    if (this.#opened === undefined) throw new Error("the worker has no store open");
    return this.#opened;
  }

  async #open(call: OpenCall): Promise<void> {
    const isWriter = call.role === "writer";
    const lock = isWriter ? takeWriterLock(dirname(call.storePath)) : undefined;
    try {
      const [store, older] = isWriter ? this.#openToWrite(call) : this.#openToRead(call);
      const engine = this.#engineOver(store, call);
      if (isWriter) await engine.resume(call.projects);
      const routes = new Map(engine.routes.map((route) => [keyOfRoute(route), route]));
      this.#opened = { engine, store, older, routes, release: () => lock?.close() };
    } catch (error) {
      lock?.close();
      throw error;
    }
  }

  #openToWrite({ storePath, prices }: OpenCall): [TraceStore, OlderTraces] {
    const store = this.#openToWriteStore({
      path: storePath,
      prices,
      onProblem: (message) => this.#log("error", message),
    });
    return [store, store.olderTraces];
  }

  #openToRead({ storePath }: OpenCall): [TraceStore, OlderTraces] {
    const ask = async (head: OlderCall) => void (await this.#peer.call("older", { head }));
    const older = {
      fetchTrace: (project: string, traceId: string) => ask({ project, traceId }),
      fetchSpan: (project: string, spanId: string) => ask({ project, spanId }),
    };
    return [new SqliteReadOnlyStore({ path: storePath, older }), older];
  }

  #engineOver(store: TraceStore, { role, retention, keptBlobBytes }: OpenCall): LocalEngine {
    const logger: Logger = {
      info: (message) => this.#log("info", message),
      warn: (message) => this.#log("warn", message),
      error: (message) => this.#log("error", message),
    };
    return new LocalEngine({
      store,
      events: {
        onStored: (project, traceIds) =>
          this.#peer.note("stored", { project, traceIds: [...traceIds] } satisfies StoredNote),
        onProducer: (project, producerId, state) =>
          this.#peer.note("producer", { project, producerId, state } satisfies ProducerNote),
        onRemoved: (project) => this.#peer.note("removed", { project } satisfies RemovedNote),
      },
      receiver: this.#receiver,
      clock: systemClock,
      logger,
      // Looked at by the process that answers, before it hands a request over and before it says that it was stored.
      findProblem: () => undefined,
      retention: role === "writer" ? retention : {},
      keptBlobBytes,
    });
  }

  async #serve(call: ServeCall): Promise<Parcel> {
    const route = this.#current.routes.get(call.route);
    if (route === undefined) throw new Error(`the worker has no route ${call.route}`);
    try {
      const request = this.#receiver.requestOf(call);
      return toParcel(await this.#receiver.releasing(request, () => route.handler(request)));
    } catch (error) {
      throw error instanceof HttpError ? error : (storeFailure(error) ?? error);
    }
  }

  async #close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    await opened.engine.close();
    opened.release();
  }

  #log(level: LogNote["level"], message: string): void {
    this.#peer.note("log", { level, message } satisfies LogNote);
  }
}

function toParcel({ status, headers = {}, body }: HttpResult): Parcel {
  if (body.kind === "stream") throw new Error("a stream is served by the process that holds the connection");
  const type = body.kind === "empty" ? null : body.type;
  const head: ServedHead = { status, headers, type };
  if (body.kind === "empty") return { head };
  return { head, body: typeof body.bytes === "string" ? Buffer.from(body.bytes) : body.bytes };
}

async function bringOver(older: OlderTraces, { project, traceId, spanId }: OlderCall): Promise<void> {
  if (traceId !== undefined) await older.fetchTrace(project, traceId);
  if (spanId !== undefined) await older.fetchSpan(project, spanId);
}
