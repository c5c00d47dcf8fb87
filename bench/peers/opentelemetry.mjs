/**
 * OpenTelemetry JS 2, as its getting-started page sets it up by hand: NodeTracerProvider, BatchSpanProcessor, OTLP over
 * HTTP. `tuned`: with `TUNED_QUEUE`.
 */
import * as api from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { recordingWith, TUNED_QUEUE } from "./opentelemetry-spans.mjs";

export async function open({ url, protocol = "http/json", tuned = false }) {
  const { OTLPTraceExporter } = await import(
    protocol === "http/json" ? "@opentelemetry/exporter-trace-otlp-http" : "@opentelemetry/exporter-trace-otlp-proto"
  );
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": "bench" }),
    spanProcessors: [new BatchSpanProcessor(exporter, tuned ? TUNED_QUEUE : undefined)],
  });
  provider.register();
  return recordingWith(api, provider);
}
