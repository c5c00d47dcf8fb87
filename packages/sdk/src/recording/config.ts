import { EverspanError, type ServiceInfo } from "@everspan/protocol";
import { type Clock, systemClock } from "../contract/clock.ts";
import type { Logger } from "../contract/diagnostics.ts";
import type { BatchOptions, DeliveryOptions } from "../contract/lane-options.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { MAX_LANES } from "../delivery/core/index.ts";
import type { SpanProcessor } from "../processors/span-processor.ts";
import { DEFAULT_BATCH, DEFAULT_DELIVERY, DEFAULT_OPEN_SPANS, DEFAULT_QUEUE, DEFAULT_SPOOL_BYTES } from "./defaults.ts";
import type { OpenSpansOptions } from "./open-spans.ts";

export interface QueueOptions {
  /** Most records that wait or are under way, for all exporters together. Default 50 000. */
  readonly maxRecords: number;
  /** Most bytes they may hold; what records share counts once. Default 64 MiB. */
  readonly maxBytes: number;
}

export interface SpoolOptions {
  /** Made when it is not there; several processes may share it. Must not be writable by other users. */
  readonly directory: string;
  /** Most bytes this process keeps there; then what is new stays in memory. Default 1 GiB. */
  readonly maxBytes?: number;
  /**
   * `process`: what is spooled survives the death of the process, and nearly all of it a power cut. `power`: synced as
   * well, it survives a power cut. Default `process`.
   */
  readonly durability?: "process" | "power";
}

export interface TracerOptions {
  readonly service?: ServiceInfo;
  /** Where spans go, each by a lane of its own. Default: none. */
  readonly exporters?: readonly SpanExporter[];
  /** Change or refuse snapshots before they are queued, in this order. */
  readonly processors?: readonly SpanProcessor[];
  readonly queue?: Partial<QueueOptions>;
  readonly batch?: Partial<BatchOptions>;
  readonly delivery?: Partial<DeliveryOptions>;
  /** Keeps records on disk until they are delivered, so that they survive this process. Default: memory only. */
  readonly spool?: SpoolOptions;
  /** What becomes of spans that nobody ends. */
  readonly openSpans?: Partial<OpenSpansOptions>;
  /** Where warnings go, rate-limited, without payload or secrets. Default `console`. */
  readonly logger?: Logger;
  /** Records nothing at all. Default false. */
  readonly disabled?: boolean;
  /** Time, for tests. */
  readonly clock?: Clock;
}

export interface TracerConfig {
  readonly service: ServiceInfo | undefined;
  readonly exporters: readonly SpanExporter[];
  readonly processors: readonly SpanProcessor[];
  readonly queue: QueueOptions;
  readonly batch: BatchOptions;
  readonly delivery: DeliveryOptions;
  readonly spool: Required<SpoolOptions> | undefined;
  readonly openSpans: OpenSpansOptions;
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
    throw invalid(`processors: expected an array of functions, got ${show(options.processors)}`);
  }
  const delivery = resolveDelivery("delivery", DEFAULT_DELIVERY, options.delivery);
  requireAtMost("delivery", delivery, "attemptTimeoutMs", "deliveryTimeoutMs");
  const config: { readonly [Name in keyof Required<TracerOptions>]: TracerConfig[Name] } = {
    service: options.service === undefined ? undefined : checkedService(options.service),
    exporters,
    processors,
    queue: resolveNumbers("queue", DEFAULT_QUEUE, options.queue),
    batch: resolveNumbers("batch", DEFAULT_BATCH, options.batch),
    delivery,
    spool: options.spool === undefined ? undefined : resolveSpool(options.spool),
    openSpans: resolveNumbers("openSpans", DEFAULT_OPEN_SPANS, options.openSpans),
    logger: checkedLogger(options.logger ?? console),
    disabled: options.disabled ?? false,
    clock: options.clock ?? systemClock,
  };
  refuseUnknown("options", options, Object.keys(config));
  return config;
}

function checkExporters(exporters: readonly SpanExporter[]): void {
  if (!Array.isArray(exporters)) throw invalid(`exporters: expected an array, got ${show(exporters)}`);
  if (exporters.length > MAX_LANES) throw invalid(`exporters: expected at most ${MAX_LANES}, got ${exporters.length}`);
  const names = new Set<string>();
  for (const exporter of exporters) {
    if (typeof exporter?.export !== "function" || typeof exporter.name !== "string" || exporter.name === "") {
      throw invalid(`exporters: expected objects with a name and an export method, got ${show(exporter)}`);
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

/** What holds for one exporter's lane: the tracer's options, and over them the exporter's own. */
export function laneOptions(
  exporter: SpanExporter,
  batch: BatchOptions,
  delivery: DeliveryOptions,
): { readonly batch: BatchOptions; readonly delivery: DeliveryOptions } {
  const name = `exporter "${exporter.name}"`;
  return {
    batch: resolveNumbers(`${name} batch`, batch, exporter.batch),
    delivery: resolveDelivery(`${name} delivery`, delivery, exporter.delivery),
  };
}

/** Numbers that may be 0; all others must be at least 1. */
const MAY_BE_ZERO: ReadonlySet<string> = new Set(["lingerMs", "heartbeatMs"]);

/** As JavaScript gives options: undefined is the same as absent. */
type Given<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** Defaults, and over them what was given. @throws EverspanError for an unknown option and for what is no fit number */
export function resolveNumbers<T extends object>(name: string, defaults: T, given: Given<T> | undefined): T {
  if (given === undefined) return defaults;
  requireObject(name, given);
  const resolved: Record<string, number> = { ...(defaults as Record<string, number>) };
  refuseUnknown(name, given, Object.keys(defaults));
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const least = MAY_BE_ZERO.has(key) ? 0 : 1;
    if (typeof value !== "number" || !Number.isFinite(value) || value < least) {
      throw invalid(`${name}.${key}: expected a finite number of at least ${least}, got ${show(value)}`);
    }
    resolved[key] = value;
  }
  return resolved as T;
}

function resolveDelivery(
  name: string,
  defaults: DeliveryOptions,
  given: Partial<DeliveryOptions> | undefined,
): DeliveryOptions {
  // Who says how many are under way at once means it, backlog or not.
  const maxConcurrency = given?.concurrency ?? defaults.maxConcurrency ?? defaults.concurrency;
  // And who only says the most lowers with it what was set for all exporters.
  const concurrency = Math.min(defaults.concurrency, given?.maxConcurrency ?? maxConcurrency);
  const resolved = resolveNumbers(name, { ...defaults, concurrency, maxConcurrency }, given);
  if (!Number.isInteger(resolved.concurrency)) {
    throw invalid(`${name}.concurrency: expected a whole number, got ${show(resolved.concurrency)}`);
  }
  requireAtMost(name, resolved, "concurrency", "maxConcurrency");
  return resolved;
}

function requireAtMost(
  name: string,
  delivery: DeliveryOptions,
  less: keyof DeliveryOptions,
  more: keyof DeliveryOptions,
): void {
  if (delivery[less]! > delivery[more]!) {
    throw invalid(`${name}.${less}: expected at most ${more} (${delivery[more]}), got ${delivery[less]}`);
  }
}

function resolveSpool(spool: SpoolOptions): Required<SpoolOptions> {
  requireObject("spool", spool);
  refuseUnknown("spool", spool, ["directory", "maxBytes", "durability"]);
  const { directory, durability = "process", maxBytes } = spool;
  if (typeof directory !== "string" || directory === "") {
    throw invalid(`spool.directory: expected a path, got ${show(directory)}`);
  }
  if (durability !== "process" && durability !== "power") {
    throw invalid(`spool.durability: expected "process" or "power", got ${show(durability)}`);
  }
  return {
    directory,
    durability,
    ...resolveNumbers("spool", { maxBytes: DEFAULT_SPOOL_BYTES }, maxBytes === undefined ? {} : { maxBytes }),
  };
}

const SERVICE_FIELDS: readonly (keyof ServiceInfo)[] = ["name", "version", "agentName", "agentId", "acpType"];

function checkedService(service: ServiceInfo): ServiceInfo {
  requireObject("service", service);
  refuseUnknown("service", service, SERVICE_FIELDS);
  for (const [key, value] of Object.entries(service)) {
    if (value !== undefined && typeof value !== "string") {
      throw invalid(`service.${key}: expected a string, got ${show(value)}`);
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

function refuseUnknown(name: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw invalid(`${name}: unknown option "${key}"; known are ${known.join(", ")}`);
  }
}

function requireObject(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`${name}: expected an object, got ${show(value)}`);
  }
}

function invalid(message: string): EverspanError {
  return new EverspanError("EVERSPAN_INVALID_OPTION", message);
}

/** A value in an error message: its kind, and itself only when it is too small to be a secret or a flood. */
function show(value: unknown): string {
  if (typeof value === "string" && value.length > 20) return `a string of ${value.length} characters`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
