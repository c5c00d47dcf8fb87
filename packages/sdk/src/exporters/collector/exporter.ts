import { resolveNumbers } from "../../contract/check-options.ts";
import { BackendAddress, bearer } from "../backend/backend-address.ts";
import { ReadableLazyExporter } from "../backend/lazy-exporter.ts";
import { COLLECTOR_URL, type CollectorExporterOptions } from "./options.ts";

const DEFAULT_HEARTBEAT = { heartbeatMs: 10_000 };

/** Delivers to Everspan's collector, what spans share once. The lane's default name is `collector`. */
export class CollectorExporter extends ReadableLazyExporter {
  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(given: CollectorExporterOptions = {}) {
    const { name = "collector", heartbeatMs } = given;
    const options = { ...given, name, ...resolveNumbers("CollectorExporter", DEFAULT_HEARTBEAT, { heartbeatMs }) };
    const address = new BackendAddress({
      ...options,
      urlOption: "url",
      url: options.url ?? COLLECTOR_URL,
      headers: bearer(options.token),
    });
    super(options, name, async () => {
      const { CollectorSender } = await import("./sender.ts");
      return new CollectorSender(address, options);
    });
  }
}
