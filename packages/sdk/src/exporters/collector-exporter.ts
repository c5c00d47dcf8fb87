import { Secret } from "../transport/secret.ts";
import { BackendAddress, type HttpExporterOptions } from "./backend-address.ts";
import { ReadableLazyExporter } from "./lazy-exporter.ts";

export const COLLECTOR_URL = "http://127.0.0.1:4318";

export interface CollectorExporterOptions extends HttpExporterOptions {
  /** Default `http://127.0.0.1:4318`. `unix:/path/to.sock` reaches a collector on a unix socket. */
  readonly url?: string;
  /** Sent as `Authorization: Bearer`; needed where the collector listens beyond its own machine. */
  readonly token?: string | Secret;
}

/** Delivers to Everspan's collector, what spans share once. The lane's default name is `collector`. */
export class CollectorExporter extends ReadableLazyExporter {
  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(options: CollectorExporterOptions = {}) {
    const token = options.token === undefined ? undefined : Secret.of(options.token);
    const address = new BackendAddress({
      ...options,
      urlOption: "url",
      url: options.url ?? COLLECTOR_URL,
      headers: token === undefined || token.isEmpty ? {} : { authorization: token.prefixed("Bearer ") },
    });
    super({ ...options, name: options.name ?? "collector" }, async () => {
      const { CollectorDelivery } = await import("./collector-delivery.ts");
      return new CollectorDelivery(address, options);
    });
  }
}
