import type { ServiceInfo } from "@everspan/protocol";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { AgentexExporter } from "../exporters/agentex/exporter.ts";
import { CollectorExporter } from "../exporters/collector/exporter.ts";
import { SgpExporter } from "../exporters/sgp/exporter.ts";
import { Tracer } from "../recording/tracer.ts";
import type { TracerOptions } from "../recording/tracer-options.ts";
import { Environment } from "./environment.ts";
import { otelExporters, serviceFromResource } from "./otel-variables.ts";

/**
 * A tracer configured by the established environment variables:
 *
 * - `SGP_API_KEY`, `SGP_ACCOUNT_ID`, `SGP_BASE_URL` (or `SGP_CLIENT_BASE_URL`); `AGENTEX_BASE_URL`, `AGENTEX_API_KEY`;
 *   `EVERSPAN_COLLECTOR_URL`, `EVERSPAN_TOKEN`: one exporter for each back end that is named.
 * - `OTEL_EXPORTER_OTLP_ENDPOINT`, `_PROTOCOL`, `_COMPRESSION`, `_HEADERS`, `_TIMEOUT`, each also as
 *   `OTEL_EXPORTER_OTLP_TRACES_…`; `OTEL_TRACES_EXPORTER` (`otlp`, `console`, `none`).
 * - `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`; `AGENT_NAME`, `AGENT_ID`, `ACP_TYPE`.
 * - `EVERSPAN_REDACTION` (`off`: credentials in payloads are not withheld); `EVERSPAN_SPOOL_DIR`; `EVERSPAN_DISABLED`, `OTEL_SDK_DISABLED`.
 * - `AGENTEX_SPAN_QUEUE_BATCH_SIZE`, `_LINGER_MS`, `_MAX_SIZE`, `_CONCURRENCY`.
 *
 * Explicit options beat the environment. A bad value in the environment is warned of once and left out: an
 * environment must not stop an application. Where nothing names a back end, one warning says that nothing will be sent.
 *
 * @throws EverspanError for bad `options`, as the constructor of `Tracer`
 */
export function tracerFromEnv(
  options: TracerOptions = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): Tracer {
  const environment = new Environment(env, options.logger ?? console);
  const directory = environment.text("EVERSPAN_SPOOL_DIR");
  const disabled = options.disabled ?? (environment.flag("EVERSPAN_DISABLED") || environment.flag("OTEL_SDK_DISABLED"));
  return new Tracer({
    ...options,
    spool: "spool" in options || directory === undefined ? options.spool : { directory },
    redaction:
      options.redaction ?? (environment.text("EVERSPAN_REDACTION")?.toLowerCase() === "off" ? false : undefined),
    disabled,
    service: { ...serviceFrom(environment), ...options.service },
    exporters: options.exporters ?? exportersFrom(environment, disabled),
    batch: {
      ...environment.number("AGENTEX_SPAN_QUEUE_BATCH_SIZE", "maxRecords", 1),
      ...environment.number("AGENTEX_SPAN_QUEUE_LINGER_MS", "lingerMs", 0),
      ...options.batch,
    },
    queue: { ...environment.number("AGENTEX_SPAN_QUEUE_MAX_SIZE", "maxRecords", 1), ...options.queue },
    delivery: { ...environment.number("AGENTEX_SPAN_QUEUE_CONCURRENCY", "concurrency", 1), ...options.delivery },
  });
}

function serviceFrom(environment: Environment): ServiceInfo {
  const resource = serviceFromResource(environment);
  const agentName = environment.text("AGENT_NAME");
  const service = {
    ...resource,
    name: environment.text("OTEL_SERVICE_NAME") ?? resource.name ?? agentName,
    agentName: agentName ?? resource.agentName,
    agentId: environment.text("AGENT_ID") ?? resource.agentId,
    acpType: environment.text("ACP_TYPE"),
  };
  // Without what is undefined.
  return JSON.parse(JSON.stringify(service));
}

/** One exporter for each back end that the environment names. */
function exportersFrom(environment: Environment, disabled: boolean): SpanExporter[] {
  const candidates = [
    () => sgpFrom(environment),
    () => agentexFrom(environment),
    ...otelExporters(environment),
    () => collectorFrom(environment),
  ];
  const exporters = candidates
    .map((candidate) => environment.attempt(candidate))
    .filter((exporter) => exporter !== undefined);
  if (exporters.length === 0 && !disabled) {
    environment.warn(
      "nothing will be sent: no usable back end " +
        "(EVERSPAN_COLLECTOR_URL, SGP_API_KEY, AGENTEX_BASE_URL, OTEL_EXPORTER_OTLP_ENDPOINT)",
    );
  }
  return exporters;
}

function sgpFrom(environment: Environment): SpanExporter | undefined {
  const apiKey = environment.text("SGP_API_KEY");
  const accountId = environment.text("SGP_ACCOUNT_ID");
  if ((apiKey ?? accountId) === undefined) return undefined;
  const baseUrl = environment.text("SGP_BASE_URL") ?? environment.text("SGP_CLIENT_BASE_URL");
  return new SgpExporter({ apiKey: apiKey ?? "", accountId: accountId ?? "", baseUrl });
}

function agentexFrom(environment: Environment): SpanExporter | undefined {
  const baseUrl = environment.text("AGENTEX_BASE_URL");
  return baseUrl === undefined
    ? undefined
    : new AgentexExporter({ baseUrl, apiKey: environment.text("AGENTEX_API_KEY") });
}

function collectorFrom(environment: Environment): SpanExporter | undefined {
  const url = environment.text("EVERSPAN_COLLECTOR_URL");
  return url === undefined ? undefined : new CollectorExporter({ url, token: environment.text("EVERSPAN_TOKEN") });
}
