import { EverspanError } from "@everspan/protocol";
import type { SpanExporter } from "../../contract/span-exporter.ts";
import { defaultTracer } from "../../environment/default-tracer.ts";
import { AgentexExporter } from "../../exporters/agentex/exporter.ts";
import { SgpExporter } from "../../exporters/sgp/exporter.ts";
import { Tracer } from "../../recording/tracer.ts";

/** Where spans go, in the words of Agentex's Python ADK. */
export type TracingProcessorConfig =
  | { readonly type: "sgp"; readonly sgpApiKey: string; readonly sgpAccountId: string; readonly sgpBaseUrl?: string }
  | { readonly type: "agentex"; readonly baseUrl: string; readonly apiKey?: string };

const configs: TracingProcessorConfig[] = [];
let tracer: Tracer | undefined;

/**
 * Adds a back end that the ADK's spans go to. Without any, they go to the default tracer. To be called before the first
 * span. SGP is the one to use: Agentex's own `/spans` is being retired.
 * @throws EverspanError `EVERSPAN_INVALID_OPTION` when the ADK has recorded already, or for a type that is not known
 */
export function addTracingProcessorConfig(config: TracingProcessorConfig): void {
  if (tracer !== undefined) {
    throw new EverspanError(
      "EVERSPAN_INVALID_OPTION",
      "addTracingProcessorConfig: expected to be called before the first span, got a call after it",
    );
  }
  exporterOf(config, configs.length);
  configs.push(config);
}

/** The tracer that the configurations make, or the default one. */
export function adkTracer(): Tracer {
  if (tracer !== undefined) return tracer;
  if (configs.length === 0) return defaultTracer();
  tracer = new Tracer({ exporters: configs.map(exporterOf) });
  return tracer;
}

/** Forgets what was added; the tracer that was made of it goes on for whoever holds it. For tests and restarts. */
export function clearTracingProcessorConfigs(): void {
  configs.length = 0;
  tracer = undefined;
}

function exporterOf(config: TracingProcessorConfig, index: number): SpanExporter {
  // The first of a kind has the kind's name, so that stats() reads as expected.
  const earlier = configs.slice(0, index).filter(({ type }) => type === config.type).length;
  const name = earlier === 0 ? config.type : `${config.type}-${earlier + 1}`;
  switch (config.type) {
    case "sgp":
      return new SgpExporter({
        name,
        apiKey: config.sgpApiKey,
        accountId: config.sgpAccountId,
        ...(config.sgpBaseUrl !== undefined && { baseUrl: config.sgpBaseUrl }),
      });
    case "agentex":
      return new AgentexExporter({
        name,
        baseUrl: config.baseUrl,
        ...(config.apiKey !== undefined && { apiKey: config.apiKey }),
      });
    default:
      throw new EverspanError(
        "EVERSPAN_INVALID_OPTION",
        `addTracingProcessorConfig: expected type "sgp" or "agentex", got ${JSON.stringify((config as { type?: unknown }).type)}`,
      );
  }
}
