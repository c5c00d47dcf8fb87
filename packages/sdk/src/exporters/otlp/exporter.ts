import { Secret } from "../../transport/secret.ts";
import { BackendAddress, type HttpExporterOptions } from "../backend/backend-address.ts";
import { LazyExporter } from "../backend/lazy-exporter.ts";

export const OTLP_ENDPOINT = "http://localhost:4318";

export interface OtlpExporterOptions extends HttpExporterOptions {
  /** The back end's OTLP address; `/v1/traces` is appended. Default `http://localhost:4318`. */
  readonly endpoint?: string;
  /** The whole address, used as it is, instead of `endpoint`. */
  readonly url?: string;
  /** Sent with each request; one whose name says credential (`authorization`, `…key`, `…token`) is treated as one. */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  /** Default `json`: it costs less CPU here than `protobuf`, which costs fewer bytes. */
  readonly protocol?: "json" | "protobuf";
}

const CREDENTIAL_NAME = /auth|key|token|secret|cookie|password/i;

/** Delivers spans that have ended to any OpenTelemetry back end. The lane's default name is `otlp`. */
export class OtlpExporter extends LazyExporter {
  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(options: OtlpExporterOptions = {}) {
    const address = new BackendAddress({
      ...options,
      urlOption: options.url === undefined ? "endpoint" : "url",
      url: options.url ?? options.endpoint ?? OTLP_ENDPOINT,
      headers: markCredentials(options.headers ?? {}),
    });
    super({ ...options, name: options.name ?? "otlp" }, async () => {
      const { OtlpDelivery } = await import("./sender.ts");
      return new OtlpDelivery(address, options);
    });
  }
}

function markCredentials(headers: Readonly<Record<string, string | Secret>>): Record<string, string | Secret> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, CREDENTIAL_NAME.test(name) ? Secret.of(value) : value]),
  );
}
