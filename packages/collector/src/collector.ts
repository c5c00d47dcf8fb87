/** Puts the parts of a collector together: the one place that knows them all, and the order in which they stop. */

import type { IncomingMessage } from "node:http";
import { type Clock, systemClock } from "@everspan/protocol";
import { Access } from "./access/access.ts";
import { sessionRoutes } from "./access/session-routes.ts";
import { TokenFile } from "./access/token-file.ts";
import type { PriceOverride } from "./cost/price-overrides.ts";
import { type DataDirectory, openDataDirectory } from "./data-directory.ts";
import { agentexRoutes } from "./dialects/agentex/routes.ts";
import { braintrustRoutes } from "./dialects/braintrust/routes.ts";
import { langfuseRoutes } from "./dialects/langfuse/routes.ts";
import { langSmithRoutes } from "./dialects/langsmith/routes.ts";
import { nativeRoutes } from "./dialects/native/routes.ts";
import { openAiTracesRoutes } from "./dialects/openai-traces/routes.ts";
import { otlpRoutes } from "./dialects/otlp/routes.ts";
import { sgpRoutes } from "./dialects/sgp/routes.ts";
import { exportRoute } from "./export/export-route.ts";
import { allowedHosts } from "./http/guard.ts";
import { HttpServer } from "./http/http-server.ts";
import type { Route, Scope } from "./http/route.ts";
import { Router } from "./http/router.ts";
import { ViewerFiles } from "./http/viewer-files.ts";
import { Ingest } from "./ingest/ingest.ts";
import { IngestCounts } from "./ingest/ingest-counts.ts";
import { BodyReceiver } from "./ingest/receive.ts";
import { storeFailure } from "./ingest/store-failure.ts";
import { PieceWriter } from "./ingest/write-pieces.ts";
import { LiveHub } from "./live/live-hub.ts";
import { liveRoute } from "./live/live-route.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { producerRoutes } from "./producers/producer-routes.ts";
import { ProducerWatches } from "./producers/producer-watches.ts";
import { DEFAULT_PROJECT } from "./project.ts";
import { storeRoutes } from "./query/store-routes.ts";
import { traceRoutes } from "./query/trace-routes.ts";
import { type RetentionOptions, RetentionTimer } from "./retention/retention-timer.ts";
import { selfRoutes } from "./self/self-routes.ts";
import { SqliteTraceStore } from "./store/sqlite/sqlite-trace-store.ts";
import type { TraceStore } from "./store/trace-store.ts";

export interface CollectorOptions {
  /** Where spans are kept; made with mode 0700 when it is absent. One collector at a time. */
  readonly dataDirectory: string;
  /** Address to listen on. Default `127.0.0.1`; any other than loopback needs a token and `behindProxy`. */
  readonly host?: string;
  /** Default 4318, OTLP's own; 0 picks a free one. */
  readonly port?: number;
  /** One token for everything, beside those of `everspan token`. With any, all but the public routes ask for one. */
  readonly token?: string;
  /** A proxy that speaks https stands before the collector; needed to listen beyond this machine. Default false. */
  readonly behindProxy?: boolean;
  /** Names beside loopback's that the Host header may have, e.g. `traces.example.com`. */
  readonly allowHosts?: readonly string[];
  /**
   * How much is kept in memory of what senders of native batches may leave out of later ones, in bytes; 0: nothing, so
   * each batch brings all. Default 64 MiB.
   */
  readonly keptBlobBytes?: number;
  /** Where spans are kept. Default: the embedded store, one SQLite file in the data directory. */
  readonly openStore?: (directory: DataDirectory) => TraceStore | Promise<TraceStore>;
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
  const { clock = systemClock, keptBlobBytes } = options;
  const tokens = new TokenFile(options.dataDirectory);
  refuseOpenBind(options, tokens);
  const directory = openDataDirectory(options.dataDirectory);
  const store = await openStore(
    directory,
    options.openStore ?? ((held) => openSqliteStore(held, options.prices ?? [])),
  );
  directory.watch();
  const retention = new RetentionTimer(store, clock, logger, options.retention ?? {});
  const hub = new LiveHub();
  const watches = watchProducers(store, hub, clock);
  const access = new Access({ token, tokens: () => tokens.list(), clock, logger });
  const isSecure = options.behindProxy ?? false;
  const findProblem = directory.problem;
  const router = buildRouter({ store, hub, watches, access, isSecure, clock, keptBlobBytes, findProblem });
  const permit = (request: IncomingMessage, scope: Scope) => access.permit(request, scope).project;
  const server = new HttpServer({ router, permit, viewer: new ViewerFiles(), describe: storeFailure, logger, clock });
  const stop = async (): Promise<void> => {
    // Streams first, since they never end by themselves; the store last, since requests in flight write to it.
    hub.close();
    await server.close();
    watches.close();
    await retention.close();
    await store.close();
    directory.release();
  };
  const boundPort = await watches
    .resume([DEFAULT_PROJECT, ...tokens.list().map(({ project }) => project)])
    .then(() => server.listen(host, port, (bound) => allowedHosts(host, bound, allowHosts)))
    .catch(async (error) => {
      watches.close();
      await retention.close();
      await store.close();
      directory.release();
      throw describeListenError(error, host, port);
    });
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    isEmpty: async () => (await store.stats(DEFAULT_PROJECT)).traces === 0,
    close: () => {
      closing ??= stop();
      return closing;
    },
  };
}

function watchProducers(store: TraceStore, hub: LiveHub, clock: Clock): ProducerWatches {
  return new ProducerWatches({
    store,
    clock,
    onChange: (project, { producerId, state, traceIds }) => {
      hub.publishProducer(project, producerId, state);
      hub.publish(project, traceIds);
    },
  });
}

interface Parts {
  readonly store: TraceStore;
  readonly hub: LiveHub;
  readonly watches: ProducerWatches;
  readonly access: Access;
  readonly isSecure: boolean;
  readonly clock: Clock;
  readonly keptBlobBytes: number | undefined;
  readonly findProblem: () => string | undefined;
}

function buildRouter(parts: Parts): Router {
  const { store, hub, watches, access, isSecure, clock, keptBlobBytes, findProblem } = parts;
  const counts = new IngestCounts();
  const ingest = new Ingest(store, counts, (project, traceIds) => hub.publish(project, traceIds), watches, findProblem);
  const receiver = new BodyReceiver(clock);
  const pieces = new PieceWriter(ingest, clock);
  const routes: Route[] = [
    ...sgpRoutes(receiver, ingest, store),
    ...agentexRoutes(receiver, ingest, store),
    ...nativeRoutes(receiver, ingest, clock, keptBlobBytes),
    ...otlpRoutes(receiver, ingest, clock),
    ...openAiTracesRoutes(receiver, pieces),
    ...langSmithRoutes(receiver, pieces),
    ...langfuseRoutes(receiver, pieces),
    ...braintrustRoutes(receiver, pieces),
    ...producerRoutes(receiver, ingest, store, clock),
    ...traceRoutes(store),
    exportRoute(store),
    ...storeRoutes(store),
    ...sessionRoutes(receiver, access, isSecure),
    liveRoute(hub),
    ...selfRoutes({ counts, hub, findProblem, allRoutes: () => routes }),
  ];
  return new Router(routes);
}

/** A store that can't be opened leaves the directory to another collector. */
async function openStore(
  directory: DataDirectory,
  open: NonNullable<CollectorOptions["openStore"]>,
): Promise<TraceStore> {
  try {
    return await open(directory);
  } catch (error) {
    directory.release();
    throw error;
  }
}

function openSqliteStore(directory: DataDirectory, prices: readonly PriceOverride[]): TraceStore {
  return new SqliteTraceStore({ path: directory.storePath, prices });
}

/** Spans hold prompts and secrets: beyond this machine nobody may read them without a token, nor on the way. */
function refuseOpenBind({ host = "127.0.0.1", token, behindProxy = false }: CollectorOptions, tokens: TokenFile): void {
  if (token === "") throw new Error("the token is empty: give one or leave it out");
  if (LOOPBACK.has(host)) return;
  const where = `listening on ${host || "every address"}`;
  if (token === undefined && tokens.list().length === 0) {
    throw new Error(`${where} needs a token, since other machines could reach it: everspan token create`);
  }
  if (behindProxy) return;
  throw new Error(
    `${where} would send spans and tokens in clear: put a proxy that speaks https before it and say --behind-proxy`,
  );
}

function describeListenError(error: unknown, host: string, port: number): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return new Error(`port ${port} on ${host} is taken by another program`, { cause: error });
  if (code === "EACCES") return new Error(`this user may not listen on port ${port}`, { cause: error });
  return new Error(`listening on ${host}:${port} failed: ${message}`, { cause: error });
}
