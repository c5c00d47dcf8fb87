/** Puts the parts of a collector together: the one place that knows them all, and the order in which they stop. */

import type { IncomingMessage } from "node:http";
import { createSecureContext } from "node:tls";
import { type Clock, systemClock } from "@everspan/protocol";
import { Access } from "./access/access.ts";
import { type ProjectLimitOptions, ProjectLimits } from "./access/project-limits.ts";
import { sessionRoutes } from "./access/session-routes.ts";
import { TokenFile } from "./access/token-file.ts";
import type { PriceOverride } from "./cost/price-overrides.ts";
import { type DataDirectory, openDataDirectory } from "./data-directory.ts";
import { type Engine, type EngineEvents, LocalEngine } from "./engine/engine.ts";
import { allowedHosts } from "./http/guard.ts";
import { HttpServer, type TlsOptions } from "./http/http-server.ts";
import type { Route, RouteRequest, Scope } from "./http/route.ts";
import { Router } from "./http/router.ts";
import { ViewerFiles } from "./http/viewer-files.ts";
import { BodyReceiver } from "./ingest/receive.ts";
import { storeFailure } from "./ingest/store-failure.ts";
import { LiveHub } from "./live/live-hub.ts";
import { liveRoute } from "./live/live-route.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { DEFAULT_PROJECT } from "./project.ts";
import type { RetentionOptions } from "./retention/retention-timer.ts";
import type { ProcessFigures } from "./self/metrics.ts";
import { ProcessMeter } from "./self/process-meter.ts";
import { selfRoutes } from "./self/self-routes.ts";
import { SqliteTraceStore } from "./store/sqlite/sqlite-trace-store.ts";
import type { TraceStore } from "./store/trace-store.ts";
import { WorkerEngine } from "./workers/worker-engine.ts";

export interface CollectorOptions {
  /** Where spans are kept; made with mode 0700 when it is absent. One collector at a time. */
  readonly dataDirectory: string;
  /** Address to listen on. Default `127.0.0.1`; any other than loopback needs a token, and `tls` or `behindProxy`. */
  readonly host?: string;
  /** Default 4318, OTLP's own; 0 picks a free one. */
  readonly port?: number;
  /** One token for everything, beside those of `everspan token`. With any, all but the public routes ask for one. */
  readonly token?: string;
  /** A proxy that speaks https stands before the collector; needed to listen beyond this machine. Default false. */
  readonly behindProxy?: boolean;
  /** Speaks https itself, with this certificate and key in PEM. Default: http. */
  readonly tls?: TlsOptions;
  /** Names beside loopback's that the Host header may have, e.g. `traces.example.com`. */
  readonly allowHosts?: readonly string[];
  /**
   * How much is kept in memory of what senders of native batches may leave out of later ones, in bytes; 0: nothing, so
   * each batch brings all. Default 64 MiB, less where Node's heap is under 512 MiB.
   */
  readonly keptBlobBytes?: number;
  /** Where spans are kept. Default: the embedded store, one SQLite file in the data directory. */
  readonly openStore?: (directory: DataDirectory) => TraceStore | Promise<TraceStore>;
  /**
   * Processes that only read the embedded store. With any, another process decodes and writes, and this one serves HTTP
   * and nothing else, so no request holds up another. Default 0: everything happens in this process.
   */
  readonly readers?: number;
  /** What one project may ask of this collector. Default: no bound beyond those that hold for all together. */
  readonly limits?: ProjectLimitOptions;
  /** What is removed by itself, by age or size. Default: nothing. */
  readonly retention?: RetentionOptions;
  /** The user's own prices, which go before those of the public table. Default: none. */
  readonly prices?: readonly PriceOverride[];
  /** Default: silent. */
  readonly logger?: Logger;
  /** Time, for tests. */
  readonly clock?: Clock;
}

export interface Collector {
  /** e.g. `http://127.0.0.1:4318` */
  readonly url: string;
  /** True while no trace is stored. */
  isEmpty(): Promise<boolean>;
  /**
   * Stops accepting, finishes what is in flight (at most 10 seconds), folds the store's log and releases the
   * directory. Every call returns the same promise.
   */
  close(): Promise<void>;
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

/** Starts a collector. @throws Error with a sentence for the user: unsafe options, directory in use, port taken */
export async function createCollector(options: CollectorOptions): Promise<Collector> {
  const { host = "127.0.0.1", port = 4318, token, allowHosts = [], logger = silentLogger } = options;
  const { clock = systemClock } = options;
  const tokens = new TokenFile(options.dataDirectory);
  refuseOpenBind(options, tokens);
  refuseBadCertificate(options.tls);
  const directory = openDataDirectory(options.dataDirectory);
  const hub = new LiveHub();
  const limits = new ProjectLimits(options.limits ?? {}, clock);
  const receiver = new BodyReceiver(clock, (project, bytes) => limits.spend(project, bytes));
  const projects = [DEFAULT_PROJECT, ...tokens.list().map(({ project }) => project)];
  const engine = await openEngine({ options, directory, hub, receiver, projects }).catch((error: unknown) => {
    // A store that can't be opened leaves the directory to another collector.
    directory.release();
    throw error;
  });
  directory.watch();
  const access = new Access({ token, tokens: () => tokens.list(), clock, logger });
  const isSecure = options.tls !== undefined || options.behindProxy === true;
  const routes: Route[] = [
    ...engine.routes,
    ...sessionRoutes(receiver, access, isSecure),
    liveRoute(hub),
    ...selfRoutes({ engine, own: () => ownFigures(meter, hub, server), allRoutes: () => routes }),
  ].map((route) => ({
    ...route,
    handler: (request: RouteRequest) => receiver.releasing(request, () => route.handler(request)),
  }));
  const meter = new ProcessMeter();
  const router = new Router(routes, (served) => meter.note(served));
  const permit = permitWithin(access, limits);
  const { tls } = options;
  const serverParts = { router, permit, viewer: new ViewerFiles(), describe: storeFailure, logger, clock };
  const server = new HttpServer({ ...serverParts, ...(tls !== undefined && { tls }) });
  const stop = async (): Promise<void> => {
    meter.close();
    // Streams first, since they never end by themselves; the store last, since requests in flight write to it.
    hub.close();
    await server.close();
    await engine.close();
    directory.release();
  };
  const boundPort = await server
    .listen(host, port, (bound) => allowedHosts(host, bound, allowHosts))
    .catch(async (error) => {
      await engine.close();
      directory.release();
      throw describeListenError(error, host, port);
    });
  let closing: Promise<void> | undefined;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    isEmpty: () => engine.isEmpty(),
    close: () => {
      closing ??= stop();
      return closing;
    },
  };
}

/** The project of a sender that may use routes of this scope, and has not asked for too much. */
function permitWithin(access: Access, limits: ProjectLimits) {
  return (request: IncomingMessage, scope: Scope): string => {
    const { project } = access.permit(request, scope);
    limits.take(project, scope);
    return project;
  };
}

function ownFigures(meter: ProcessMeter, hub: LiveHub, server: HttpServer): ProcessFigures {
  const { connectionCount: connections, unreadBytes } = server;
  return meter.read({ liveSubscribers: hub.subscriberCount, connections, unreadBytes });
}

interface EngineParts {
  readonly options: CollectorOptions;
  readonly directory: DataDirectory;
  readonly hub: LiveHub;
  readonly receiver: BodyReceiver;
  readonly projects: readonly string[];
}

/** @throws Error with a sentence for the user when the store can't be opened */
async function openEngine({ options, directory, hub, receiver, projects }: EngineParts): Promise<Engine> {
  const {
    clock = systemClock,
    logger = silentLogger,
    retention = {},
    keptBlobBytes,
    readers = 0,
    prices = [],
  } = options;
  const events: EngineEvents = {
    onStored: (project, traceIds) => hub.publish(project, traceIds),
    onProducer: (project, producerId, state) => hub.publishProducer(project, producerId, state),
    onRemoved: (project) => hub.publishGap(project),
  };
  const findProblem = directory.problem;
  const parts = { events, receiver, clock, logger, retention, keptBlobBytes, findProblem };
  if (readers > 0) {
    if (options.openStore !== undefined) throw new Error("readers are for the embedded store: leave out openStore");
    return WorkerEngine.start({ ...parts, storePath: directory.storePath, readers, projects, prices });
  }
  const store = await (options.openStore?.(directory) ?? openSqliteStore(directory, prices));
  const engine = new LocalEngine({ ...parts, store });
  await engine.resume(projects).catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  return engine;
}

function openSqliteStore(directory: DataDirectory, prices: readonly PriceOverride[]): TraceStore {
  return new SqliteTraceStore({ path: directory.storePath, prices });
}

/** Spans hold prompts and secrets: beyond this machine nobody may read them without a token, nor on the way. */
function refuseOpenBind(options: CollectorOptions, tokens: TokenFile): void {
  const { host = "127.0.0.1", token, behindProxy = false, tls } = options;
  if (token === "") throw new Error("the token is empty: give one or leave it out");
  if (LOOPBACK.has(host)) return;
  const where = `listening on ${host || "every address"}`;
  if (token === undefined && tokens.list().length === 0) {
    throw new Error(`${where} needs a token, since other machines could reach it: everspan token create`);
  }
  if (behindProxy || tls !== undefined) return;
  throw new Error(
    `${where} would send spans and tokens in clear: give --tls-cert and --tls-key, or put a proxy that speaks https before it and say --behind-proxy`,
  );
}

function refuseBadCertificate(tls: TlsOptions | undefined): void {
  if (tls === undefined) return;
  try {
    createSecureContext({ ...tls });
  } catch (error) {
    throw new Error(`the certificate and its key can't be used: ${(error as Error).message}`, { cause: error });
  }
}

function describeListenError(error: unknown, host: string, port: number): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return new Error(`port ${port} on ${host} is taken by another program`, { cause: error });
  if (code === "EACCES") return new Error(`this user may not listen on port ${port}`, { cause: error });
  return new Error(`listening on ${host}:${port} failed: ${message}`, { cause: error });
}
