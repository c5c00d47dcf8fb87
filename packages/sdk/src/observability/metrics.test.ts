import { ManualClock, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { context, metrics, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterEach, expect, it, vi } from "vitest";
import { Tracer } from "../recording/tracer.ts";

afterEach(() => {
  metrics.disable();
  context.disable();
});

it("tells the account as OpenTelemetry metrics once the application has a meter provider", async () => {
  const clock = new ManualClock();
  const exporter = new RecordingExporter("sgp", (batch) =>
    batch.length > 1 ? { kind: "partial", rejected: [{ id: batch[0]!.id, reason: "bad" }] } : { kind: "delivered" },
  );
  const tracer = new Tracer({ exporters: [exporter], clock, logger: new RecordingLogger() });
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 2 ** 30 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  for (let i = 0; i < 3; i++) tracer.startTrace().startSpan("x").end();
  await clock.advance(250);
  await vi.waitUntil(() => tracer.stats().lanes.sgp?.delivered === 2);
  await vi.dynamicImportSettled();
  await reader.forceFlush();
  const found = new Map<string, unknown>();
  for (const { scopeMetrics } of memory.getMetrics()) {
    for (const { metrics: list } of scopeMetrics) {
      for (const { descriptor, dataPoints } of list) found.set(descriptor.name, dataPoints[0]);
    }
  }
  expect(found.get("agentex.tracing.span_events.enqueued")).toMatchObject({
    value: 6,
    attributes: { processor: "sgp" },
  });
  expect(found.get("agentex.tracing.span_events.dropped")).toMatchObject({
    value: 1,
    attributes: { reason: "rejected" },
  });
  expect(found.get("agentex.tracing.export.spans")).toMatchObject({ value: 2 });
  expect(found.get("agentex.tracing.export.batches")).toMatchObject({ value: 1 });
  expect(found.get("agentex.tracing.queue.depth")).toMatchObject({ value: 0 });
  expect(found.get("everspan.records.coalesced")).toMatchObject({ value: 3 });
  expect(found.get("everspan.overhead.loop_share")).toMatchObject({ value: expect.any(Number) });
  expect(found.get("everspan.overhead.heap_share")).toMatchObject({ value: expect.any(Number) });
  expect(found.get("everspan.payloads.degraded")).toMatchObject({ value: 0, attributes: { level: "previews" } });
  await provider.shutdown();
});

it("tags a span with the active OpenTelemetry span, and does not nest in it", async () => {
  const ids = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", traceFlags: 1 };
  const active = trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(ids));
  context.setGlobalContextManager({
    active: () => active,
    with: (_, fn, thisArg, ...args) => fn.call(thisArg as never, ...args),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  const clock = new ManualClock();
  const exporter = new RecordingExporter();
  const tracer = new Tracer({ exporters: [exporter], clock, logger: new RecordingLogger() });
  tracer.startTrace().startSpan("tagged").end();
  await clock.advance(250);
  expect(exporter.named("tagged")).toMatchObject({ obs: { traceId: ids.traceId, spanId: ids.spanId } });
  expect(exporter.named("tagged")?.parentId).toBeUndefined();
});
