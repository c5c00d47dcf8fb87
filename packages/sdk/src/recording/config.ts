import { EverspanError, type ServiceInfo } from "@everspan/protocol";
import { invalid, refuseUnknown, requireObject, resolveNumbers, unfit } from "../contract/check-options.ts";
import { type Clock, systemClock } from "../contract/clock.ts";
import { DEFAULT_BATCH, DEFAULT_DELIVERY, DEFAULT_OPEN_SPANS, DEFAULT_REDACTION } from "../contract/defaults.ts";
import type { Logger } from "../contract/diagnostics.ts";
import { type BatchOptions, type DeliveryOptions, MAX_LANES } from "../contract/lane-options.ts";
import { type RedactionOptions, resolveRedaction } from "../contract/redaction-options.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { requireAtMost, resolveDelivery } from "../delivery/resolve-lane.ts";
import { HEAP_LIMIT_BYTES } from "../overhead/heap-limit.ts";
import { type OverheadBudget, resolveOverheadBudget } from "../overhead/overhead-budget.ts";
import type { SpanProcessor } from "../processors/span-processor.ts";
import type { TailSampler } from "../processors/tail-sampler.ts";
import type { OpenSpansOptions } from "./span/open-spans.ts";
import { type ResolvedSpool, resolveSpool } from "./spool-config.ts";
import type { QueueOptions, TracerOptions } from "./tracer-options.ts";

/**
 * What waits lies in the heap: it may take an eighth of it, a quarter where the texts need two bytes a character. An
 * eighth of the heap that Node gives itself by default holds a burst of 10,000 distinct prompts of 50 KB whole, which
 * `bench/run.mjs` measures (burst-distinct).
 */
const DEFAULT_QUEUE = { maxRecords: 50_000, maxBytes: HEAP_LIMIT_BYTES / 8 };

export interface TracerConfig {
  readonly service: ServiceInfo | undefined;
  readonly exporters: readonly SpanExporter[];
  readonly processors: readonly SpanProcessor[];
  readonly tailSampling: TailSampler | undefined;
  readonly redaction: RedactionOptions | undefined;
  readonly queue: QueueOptions;
  readonly batch: BatchOptions;
  readonly delivery: DeliveryOptions;
  readonly spool: ResolvedSpool | undefined;
  readonly openSpans: OpenSpansOptions;
  readonly overheadBudget: OverheadBudget | undefined;
  readonly logger: Logger;
  readonly disabled: boolean;
  readonly clock: Clock;
}

/** Checks every option and fills in the defaults. @throws EverspanError that says what was expected and what came */
export function resolveConfig(options: TracerOptions = {}): TracerConfig {
  requireObject("options", options);
  const exporters = options.exporters ?? [];
  checkExporters(exporters);
  const processors = options.processors ?? [];
  if (!Array.isArray(processors) || processors.some((processor) => typeof processor !== "function")) {
    throw unfit("processors", "an array of functions", options.processors);
  }
  const { tailSampling } = options;
  if (tailSampling !== undefined && typeof tailSampling?.begin !== "function") {
    throw unfit("tailSampling", "what tailSampling() gives", tailSampling);
  }
  const delivery = resolveDelivery("delivery", DEFAULT_DELIVERY, options.delivery);
  requireAtMost("delivery", delivery, "attemptTimeoutMs", "deliveryTimeoutMs");
  const config: { readonly [Name in keyof Required<TracerOptions>]: TracerConfig[Name] } = {
    service: options.service === undefined ? undefined : checkedService(options.service),
    exporters,
    processors,
    tailSampling,
    redaction: resolveRedaction("redaction", options.redaction, DEFAULT_REDACTION),
    queue: resolveNumbers("queue", DEFAULT_QUEUE, options.queue),
    batch: resolveNumbers("batch", DEFAULT_BATCH, options.batch),
    delivery,
    spool: options.spool === undefined ? undefined : resolveSpool(options.spool),
    openSpans: resolveNumbers("openSpans", DEFAULT_OPEN_SPANS, options.openSpans),
    ...resolveOverheadBudget(options.overheadBudget),
    logger: checkedLogger(options.logger ?? console),
    disabled: options.disabled ?? false,
    clock: options.clock ?? systemClock,
  };
  refuseUnknown("options", options, Object.keys(config));
  return config;
}

function checkExporters(exporters: readonly SpanExporter[]): void {
  if (!Array.isArray(exporters)) throw unfit("exporters", "an array", exporters);
  if (exporters.length > MAX_LANES) throw invalid(`exporters: expected at most ${MAX_LANES}, got ${exporters.length}`);
  const names = new Set<string>();
  for (const exporter of exporters) {
    if (typeof exporter?.export !== "function" || typeof exporter.name !== "string" || exporter.name === "") {
      throw unfit("exporters", "objects with a name and an export method", exporter);
    }
    if (names.has(exporter.name)) {
      throw new EverspanError(
        "EVERSPAN_DUPLICATE_EXPORTER",
        `exporters: expected unique names, got "${exporter.name}" twice`,
      );
    }
    names.add(exporter.name);
  }
}

const SERVICE_FIELDS: readonly (keyof ServiceInfo)[] = ["name", "version", "agentName", "agentId", "acpType"];

function checkedService(service: ServiceInfo): ServiceInfo {
  requireObject("service", service);
  refuseUnknown("service", service, SERVICE_FIELDS);
  for (const [key, value] of Object.entries(service)) {
    if (value !== undefined && typeof value !== "string") {
      throw unfit(`service.${key}`, "a string", value);
    }
  }
  return Object.freeze({ ...service });
}

function checkedLogger(logger: Logger): Logger {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    if (typeof logger?.[level] !== "function") throw invalid(`logger: expected a method "${level}", found none`);
  }
  return logger;
}
