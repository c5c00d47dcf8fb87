/** What the serving process and its workers say to each other. Bodies beside these heads are bytes of HTTP bodies. */
import type { ProducerState } from "@everspan/protocol";
import type { PriceOverride } from "../cost/price-overrides.ts";
import type { Method, Route } from "../http/route.ts";
import type { ReceiveOptions } from "../ingest/receive.ts";
import type { RetentionOptions } from "../retention/retention-timer.ts";

/** The writer has the one connection that writes; readers see what it committed. */
export type WorkerRole = "writer" | "reader";

/** Calls of the serving process to a worker. */
export interface OpenCall {
  readonly role: WorkerRole;
  /** Where the store is: a file. */
  readonly storePath: string;
  readonly retention: RetentionOptions;
  readonly keptBlobBytes?: number | undefined;
  readonly prices: readonly PriceOverride[];
  /** Those whose producers are watched from the start. */
  readonly projects: readonly string[];
}

export interface ServeCall {
  /** Method and path of the route, as the table has them. */
  readonly route: string;
  readonly method: Method | "HEAD";
  readonly headers: Readonly<Record<string, string>>;
  readonly project: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: unknown;
  /** Names the request when its body is asked for. */
  readonly request: number;
}

/** The answer of `serve`; its bytes are the body. */
export interface ServedHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: no body. */
  readonly type: string | null;
}

/** A method of the store; its arguments and result are bodies, as `v8.serialize` writes them. */
export interface StoreCall {
  readonly method: string;
}

/** Calls of a worker to the serving process. */
export interface BodyCall {
  readonly request: number;
  readonly options: ReceiveOptions;
}

/** A reader asks for what may lie in a file of an older format. */
export interface OlderCall {
  readonly project: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** Notes of a worker. */
export interface StoredNote {
  readonly project: string;
  readonly traceIds: readonly string[];
}

export interface ProducerNote {
  readonly project: string;
  readonly producerId: string;
  readonly state: ProducerState;
}

export interface RemovedNote {
  /** Absent: of any. */
  readonly project?: string | undefined;
}

export interface LogNote {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

export interface WorkerStatus {
  readonly residentBytes: number;
}

/** How `ServeCall.route` names a route. */
export function keyOfRoute({ method, path }: Pick<Route, "method" | "path">): string {
  return `${method} ${path}`;
}
