/**
 * OpenTelemetry's context of the running code, found through the global by which copies of its API share one state:
 * nothing is imported, and it is there when the application uses it.
 */
import { API } from "../../observability/otel-api.ts";
import type { OtelContext, OtelContextManager } from "./api.ts";

/** Keys as `createContextKey` of the API makes them. */
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");
const SUPPRESS_KEY = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/** An immutable map, for where no context manager brings contexts of its own. */
class PlainContext implements OtelContext {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): OtelContext {
    return new PlainContext(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): OtelContext {
    const values = new Map(this.#values);
    values.delete(key);
    return new PlainContext(values);
  }
}

export const ROOT: OtelContext = new PlainContext();

export function spanIn(context: OtelContext | undefined): object | undefined {
  const span = context?.getValue(SPAN_KEY);
  return typeof span === "object" && span !== null ? span : undefined;
}

export function withSpanIn(context: OtelContext, span: object): OtelContext {
  return context.setValue(SPAN_KEY, span);
}

/** Within an exporter of OpenTelemetry nothing is to be traced. */
export function isSuppressed(context: OtelContext): boolean {
  return context.getValue(SUPPRESS_KEY) === true;
}

/** The context manager that the application registered; undefined while there is none. */
export function contextManager(): OtelContextManager | undefined {
  const api = (globalThis as { [API]?: { context?: OtelContextManager } })[API];
  return api?.context;
}
