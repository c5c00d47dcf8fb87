/** The routes that take and give data: everything but those about the process that serves them. */
import type { Clock } from "@everspan/protocol";
import { agentexRoutes } from "../dialects/agentex/routes.ts";
import { braintrustRoutes } from "../dialects/braintrust/routes.ts";
import { langfuseRoutes } from "../dialects/langfuse/routes.ts";
import { langSmithRoutes } from "../dialects/langsmith/routes.ts";
import { nativeRoutes } from "../dialects/native/routes.ts";
import { openAiTracesRoutes } from "../dialects/openai-traces/routes.ts";
import { otlpRoutes } from "../dialects/otlp/routes.ts";
import { sgpRoutes } from "../dialects/sgp/routes.ts";
import { exportRoute } from "../export/export-route.ts";
import type { Route } from "../http/route.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { BodyReceiver } from "../ingest/receive.ts";
import { PieceWriter } from "../ingest/write-pieces.ts";
import { producerRoutes } from "../producers/producer-routes.ts";
import { storeRoutes } from "../query/store-routes.ts";
import { traceRoutes } from "../query/trace-routes.ts";
import type { TraceStore } from "../store/trace-store.ts";

export interface DataRouteParts {
  readonly store: TraceStore;
  readonly ingest: Ingest;
  readonly receiver: BodyReceiver;
  readonly clock: Clock;
  readonly keptBlobBytes?: number | undefined;
  readonly onRemoved: (project: string) => void;
}

export function dataRoutes({ store, ingest, receiver, clock, keptBlobBytes, onRemoved }: DataRouteParts): Route[] {
  const pieces = new PieceWriter(ingest, clock);
  return [
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
    ...storeRoutes(store, onRemoved),
  ];
}
