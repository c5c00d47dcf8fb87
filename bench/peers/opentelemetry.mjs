/**
 * OpenTelemetry JS, as its getting-started page sets it up by hand: NodeTracerProvider, BatchSpanProcessor, OTLP over
 * HTTP. Payloads are JSON text in attributes, since attributes hold no objects.
 *
 * `tuned`: a queue that holds the whole workload, batches as large as Everspan's tuned ones, a flush before shutdown.
 */
import { context, DiagLogLevel, diag, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

export async function open({ url, protocol = "http/json", tuned = false }) {
  const { OTLPTraceExporter } = await import(
    protocol === "http/json" ? "@opentelemetry/exporter-trace-otlp-http" : "@opentelemetry/exporter-trace-otlp-proto"
  );
  const dropped = countDropped();
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
  const tuning = { maxQueueSize: 100_000, maxExportBatchSize: 1_000, scheduledDelayMillis: 250 };
  const processor = new BatchSpanProcessor(exporter, tuned ? tuning : undefined);
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": "bench" }),
    spanProcessors: [processor],
  });
  provider.register();
  const tracer = provider.getTracer("bench");
  return {
    start(name, input, parent) {
      const attributes = { "input.value": JSON.stringify(input), "input.mime_type": "application/json" };
      const scope = parent === undefined ? undefined : trace.setSpan(context.active(), parent);
      return tracer.startSpan(name, { attributes, root: parent === undefined }, scope);
    },
    end(span, output) {
      span.setAttribute("output.value", JSON.stringify(output));
      span.end();
    },
    async close() {
      await provider.forceFlush();
      await provider.shutdown();
    },
    account: () => ({ lost: dropped.count }),
  };
}

/** It says on its diagnostic log what a full queue made it drop: "Dropped N spans because maxQueueSize reached". */
function countDropped() {
  const dropped = { count: 0 };
  const read = (message) => {
    dropped.count += Number(/Dropped (\d+) span/.exec(String(message))?.[1] ?? 0);
  };
  diag.setLogger({ error: read, warn: read, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
  return dropped;
}
