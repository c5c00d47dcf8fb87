import { DEFAULT_DELIVERY } from "../../contract/defaults.ts";
import type { Secret } from "../../transport/secret.ts";
import { BackendAddress, bearer, type HttpExporterOptions } from "../backend/backend-address.ts";
import { ReadableLazyExporter } from "../backend/lazy-exporter.ts";

export interface AgentexExporterOptions extends HttpExporterOptions {
  /** Where Agentex listens, for example `http://localhost:5003`. */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey?: string | Secret | undefined;
}

/** Delivers to Agentex's spans API. The lane's default name is `agentex`. */
export class AgentexExporter extends ReadableLazyExporter {
  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(options: AgentexExporterOptions) {
    const address = new BackendAddress({
      ...options,
      urlOption: "baseUrl",
      url: options.baseUrl,
      headers: bearer(options.apiKey),
    });
    // One request a span: more batches in flight would only wait for each other's connections.
    const maxConcurrency = options.delivery?.concurrency ?? DEFAULT_DELIVERY.concurrency;
    const delivery = { maxConcurrency, ...options.delivery };
    super({ ...options, delivery }, "agentex", async () => {
      const { AgentexSender } = await import("./sender.ts");
      return new AgentexSender(address, options);
    });
  }
}
