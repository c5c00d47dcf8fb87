import type { ObservabilityContext } from "@everspan/protocol";

/**
 * The active OpenTelemetry span, if the application uses OpenTelemetry: Everspan's spans are tagged with it, never
 * nested in it. Read through the global that `@opentelemetry/api` registers (its documented way of sharing one API
 * between copies), so that the SDK neither depends on the package nor has to find it.
 */
export const API = Symbol.for("opentelemetry.js.api.1");
/** The key under which `@opentelemetry/api` keeps the active span in a context (`createContextKey`). */
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

interface OpenTelemetryGlobal {
  context?: { active(): { getValue(key: symbol): unknown } };
}

interface SpanLike {
  spanContext(): { traceId: string; spanId: string };
}

export function activeObservabilityContext(): ObservabilityContext | undefined {
  const api = (globalThis as Record<symbol, unknown>)[API] as OpenTelemetryGlobal | undefined;
  if (api?.context === undefined) return undefined;
  try {
    const span = api.context.active().getValue(SPAN_KEY) as SpanLike | undefined;
    if (span === undefined) return undefined;
    const { traceId, spanId } = span.spanContext();
    return isHex(traceId, 32) && isHex(spanId, 16) ? { traceId, spanId } : undefined;
  } catch {
    return undefined;
  }
}

function isHex(value: unknown, digits: number): value is string {
  return typeof value === "string" && value.length === digits && /^(?!0+$)[0-9a-f]+$/.test(value);
}
