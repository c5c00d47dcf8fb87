import type { Clock } from "../../contract/clock.ts";
import type { Secret } from "../../transport/secret.ts";
import type { HttpExporterOptions } from "../backend/backend-address.ts";

export const COLLECTOR_URL = "http://127.0.0.1:4318";

export interface CollectorExporterOptions extends HttpExporterOptions {
  /** Default `http://127.0.0.1:4318`. `unix:/path/to.sock` reaches a collector on a unix socket. */
  readonly url?: string | undefined;
  /** Sent as `Authorization: Bearer`; needed where the collector listens beyond its own machine. */
  readonly token?: string | Secret | undefined;
  /**
   * How often the collector gets a heartbeat while spans are open, in milliseconds: by it running, stalled and lost
   * processes are told apart. Nothing is sent while none is open. Default 10 000; 0 turns it off.
   */
  readonly heartbeatMs?: number | undefined;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
}
