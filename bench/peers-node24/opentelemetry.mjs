/**
 * OpenTelemetry JS 3, as its README sets it up by hand: TracerProvider, BatchSpanProcessor, OTLP over HTTP. What it is
 * given and how it is tuned is as with OpenTelemetry 2.
 */
import * as api from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { recordingWith, TUNED_QUEUE } from "../peers/opentelemetry-spans.mjs";

export function open({ url, tuned = false }) {
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "bench" }),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...(tuned ? TUNED_QUEUE : {}) })],
  });
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  api.trace.setGlobalTracerProvider(provider);
  return recordingWith(api, provider);
}
