/** The options of a lane: the tracer's, and over them its exporter's own. */
import { invalid, resolveNumbers, unfit } from "../contract/check-options.ts";
import type { BatchOptions, DeliveryOptions } from "../contract/lane-options.ts";
import { type RedactionOptions, resolveRedaction } from "../contract/redaction-options.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";

/** What holds for one exporter's lane. @throws EverspanError */
export function laneOptions(
  exporter: SpanExporter,
  batch: BatchOptions,
  delivery: DeliveryOptions,
): {
  readonly batch: BatchOptions;
  readonly delivery: DeliveryOptions;
  readonly redaction: RedactionOptions | undefined;
} {
  const name = `exporter "${exporter.name}"`;
  return {
    batch: resolveNumbers(`${name} batch`, batch, exporter.batch),
    delivery: resolveDelivery(`${name} delivery`, delivery, exporter.delivery),
    redaction: resolveRedaction(`${name} redaction`, exporter.redaction, undefined),
  };
}

/** Defaults, and over them what was given. @throws EverspanError */
export function resolveDelivery(
  name: string,
  defaults: DeliveryOptions,
  given: Partial<DeliveryOptions> | undefined,
): DeliveryOptions {
  // An explicit `concurrency` also caps `maxConcurrency`.
  const maxConcurrency = given?.concurrency ?? defaults.maxConcurrency ?? defaults.concurrency;
  // An explicit `maxConcurrency` alone also lowers the `concurrency` that was set for all exporters.
  const concurrency = Math.min(defaults.concurrency, given?.maxConcurrency ?? maxConcurrency);
  const resolved = resolveNumbers(name, { ...defaults, concurrency, maxConcurrency }, given);
  if (!Number.isInteger(resolved.concurrency)) {
    throw unfit(`${name}.concurrency`, "a whole number", resolved.concurrency);
  }
  requireAtMost(name, resolved, "concurrency", "maxConcurrency");
  return resolved;
}

/** @throws EverspanError unless the one option is at most the other */
export function requireAtMost(
  name: string,
  delivery: DeliveryOptions,
  less: keyof DeliveryOptions,
  more: keyof DeliveryOptions,
): void {
  if (delivery[less]! > delivery[more]!) {
    throw invalid(`${name}.${less}: expected at most ${more} (${delivery[more]}), got ${delivery[less]}`);
  }
}
