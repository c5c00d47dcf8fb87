import { requireOneOf } from "../../contract/check-options.ts";
import { Secret } from "../../transport/secret.ts";
import { BackendAddress } from "../backend/backend-address.ts";
import { LazyExporter } from "../backend/lazy-exporter.ts";
import { OTLP_ENDPOINT, type OtlpExporterOptions } from "./options.ts";

const CREDENTIAL_NAME = /auth|key|token|secret|cookie|password/i;

/** Delivers spans that have ended to any OpenTelemetry back end. The lane's default name is `otlp`. */
export class OtlpExporter extends LazyExporter {
  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(options: OtlpExporterOptions = {}) {
    requireOneOf("protocol", options.protocol, ["json", "protobuf"]);
    const address = new BackendAddress({
      ...options,
      urlOption: options.url === undefined ? "endpoint" : "url",
      url: options.url ?? options.endpoint ?? OTLP_ENDPOINT,
      headers: markCredentials(options.headers ?? {}),
    });
    super(options, "otlp", async () => {
      const { OtlpSender } = await import("./sender.ts");
      return new OtlpSender(address, options);
    });
  }
}

function markCredentials(headers: Readonly<Record<string, string | Secret>>): Record<string, string | Secret> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === "string" && CREDENTIAL_NAME.test(name) ? new Secret(value) : value,
    ]),
  );
}
