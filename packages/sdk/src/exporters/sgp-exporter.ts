/** Scale GenAI Platform: `PUT /v5/spans/batch`, the upsert, so that sending a batch twice changes nothing. */
import { SGP_MAX_BATCH_ITEMS, type SpanSnapshot, toSgpItem } from "@everspan/protocol";
import { BodyBuilder } from "../encoding/body-builder.ts";
import { Secret } from "../transport/secret.ts";
import { Backend, type HttpExporterOptions } from "./backend.ts";
import { exportSafely } from "./export-safely.ts";
import { checkForSgp } from "./sgp-preflight.ts";
import { SgpReader } from "./sgp-reader.ts";
import type {
  BatchOptions,
  DeliveryOptions,
  ExportContext,
  ExportOutcome,
  SpanExporter,
  SpanReader,
} from "./span-exporter.ts";

export const SGP_BASE_URL = "https://api.egp.scale.com";

export interface SgpExporterOptions extends HttpExporterOptions {
  /** Sent as `x-api-key`. An empty one disables the exporter, which is said once. */
  readonly apiKey: string | Secret;
  /** Sent as `x-selected-account-id`. An empty one disables the exporter, which is said once. */
  readonly accountId: string;
  /** Default `https://api.egp.scale.com`. */
  readonly baseUrl?: string;
  /** Names the lane. Default `sgp`. */
  readonly name?: string;
  /** Overrides the tracer's batching for this back end, which takes 1 000 records a request. */
  readonly batch?: Partial<BatchOptions>;
}

export class SgpExporter implements SpanExporter {
  readonly name: string;
  readonly batch?: Partial<BatchOptions>;
  readonly delivery?: Partial<DeliveryOptions>;
  readonly disabledReason: string | undefined;
  readonly reader: SpanReader;
  readonly #backend: Backend;
  readonly #bodies = new BodyBuilder();

  /** @throws EverspanError `EVERSPAN_INVALID_OPTION`, `EVERSPAN_INSECURE_URL` */
  constructor(options: SgpExporterOptions) {
    const apiKey = Secret.of(options.apiKey);
    this.name = options.name ?? "sgp";
    if (options.batch !== undefined) this.batch = options.batch;
    if (options.delivery !== undefined) this.delivery = options.delivery;
    this.disabledReason = missing(apiKey, options.accountId);
    this.#backend = new Backend({
      ...options,
      urlOption: "baseUrl",
      url: options.baseUrl ?? SGP_BASE_URL,
      headers: { "x-api-key": apiKey, "x-selected-account-id": options.accountId },
    });
    this.reader = new SgpReader(this.#backend);
  }

  export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    return exportSafely(batch, signal, () => this.#deliver(batch, signal));
  }

  shutdown(): Promise<void> {
    return this.#backend.close();
  }

  async #deliver(batch: readonly SpanSnapshot[], signal: AbortSignal): Promise<ExportOutcome> {
    if (batch.length > SGP_MAX_BATCH_ITEMS) return { kind: "tooLarge" };
    const { accepted, rejected } = checkForSgp(batch);
    if (accepted.length > 0) {
      const body = await this.#bodies.list('{"items":[', accepted, toSgpItem, "]}");
      const { outcome } = await this.#backend.send("PUT", "/v5/spans/batch", body, signal);
      if (outcome.kind !== "delivered") return outcome;
    }
    return rejected.length === 0 ? { kind: "delivered" } : { kind: "partial", rejected };
  }
}

function missing(apiKey: Secret, accountId: string): string | undefined {
  if (apiKey.isEmpty) return "the API key of Scale GenAI Platform is empty";
  return accountId === "" ? "the account id of Scale GenAI Platform is empty" : undefined;
}
