import { Secret } from "../../transport/secret.ts";
import { BackendAddress, type HttpExporterOptions } from "../backend/backend-address.ts";
import { ReadableLazyExporter } from "../backend/lazy-exporter.ts";

export const SGP_BASE_URL = "https://api.egp.scale.com";

export interface SgpExporterOptions extends HttpExporterOptions {
  /** Sent as `x-api-key`. An empty one disables the exporter, which is said once. */
  readonly apiKey: string | Secret;
  /** Sent as `x-selected-account-id`. An empty one disables the exporter, which is said once. */
  readonly accountId: string;
  /** Default `https://api.egp.scale.com`. */
  readonly baseUrl?: string | undefined;
}

/** Delivers to Scale GenAI Platform, which takes at most 1 000 records a request. The lane's default name is `sgp`. */
export class SgpExporter extends ReadableLazyExporter {
  readonly disabledReason: string | undefined;

  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(options: SgpExporterOptions) {
    // Without types an environment variable that is not set comes as undefined.
    const apiKey = Secret.of(options.apiKey ?? "");
    const accountId = options.accountId ?? "";
    const address = new BackendAddress({
      ...options,
      urlOption: "baseUrl",
      url: options.baseUrl ?? SGP_BASE_URL,
      headers: { "x-api-key": apiKey, "x-selected-account-id": accountId },
    });
    super(options, "sgp", async () => {
      const { SgpSender } = await import("./sender.ts");
      return new SgpSender(address, options);
    });
    this.disabledReason = missing(apiKey, accountId);
  }
}

function missing(apiKey: Secret, accountId: string): string | undefined {
  if (apiKey.isEmpty) return "the API key of Scale GenAI Platform is empty";
  return accountId === "" ? "the account id of Scale GenAI Platform is empty" : undefined;
}
