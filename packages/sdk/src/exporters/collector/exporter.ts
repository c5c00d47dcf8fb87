import type { Clock } from "../../contract/clock.ts";
import { resolveNumbers } from "../../recording/config.ts";
import { Secret } from "../../transport/secret.ts";
import { BackendAddress, type HttpExporterOptions } from "../backend/backend-address.ts";
import { ReadableLazyExporter } from "../backend/lazy-exporter.ts";

const DEFAULT_HEARTBEAT = { heartbeatMs: 10_000 };

export const COLLECTOR_URL = "http://127.0.0.1:4318";

export interface CollectorExporterOptions extends HttpExporterOptions {
  /** Default `http://127.0.0.1:4318`. `unix:/path/to.sock` reaches a collector on a unix socket. */
  readonly url?: string;
  /** Sent as `Authorization: Bearer`; needed where the collector listens beyond its own machine. */
  readonly token?: string | Secret;
  /**
   * How often the collector gets a sign of life while spans are open, in milliseconds: by it running, stalled and lost
   * processes are told apart. Nothing is sent while none is open. Default 10 000; 0 turns it off.
   */
  readonly heartbeatMs?: number;
  /** Time, for tests. */
  readonly clock?: Clock;
}

/** Delivers to Everspan's collector, what spans share once. The lane's default name is `collector`. */
export class CollectorExporter extends ReadableLazyExporter {
  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(given: CollectorExporterOptions = {}) {
    const { name = "collector", heartbeatMs } = given;
    const options = { ...given, name, ...resolveNumbers("CollectorExporter", DEFAULT_HEARTBEAT, { heartbeatMs }) };
    const token = options.token === undefined ? undefined : Secret.of(options.token);
    const address = new BackendAddress({
      ...options,
      urlOption: "url",
      url: options.url ?? COLLECTOR_URL,
      headers: token === undefined || token.isEmpty ? {} : { authorization: token.prefixed("Bearer ") },
    });
    super(options, async () => {
      const { CollectorDelivery } = await import("./sender.ts");
      return new CollectorDelivery(address, options);
    });
  }
}
