import { EverspanError } from "@everspan/protocol";
import type { OtelApi, OtelContextManager } from "./api.ts";
import { EverspanContextManager } from "./context-manager.ts";
import { bridgeOf, type EverspanOtelOptions } from "./options.ts";
import { everspanTracerProvider } from "./tracer-provider.ts";

/** For `context.setGlobalContextManager`: without one, or with another's, spans of both kinds nest all the same. */
export function everspanContextManager(options: EverspanOtelOptions = {}): OtelContextManager {
  const manager: OtelContextManager = new EverspanContextManager(() => {
    const bridge = bridgeOf(options);
    bridge.knows(manager);
    return bridge;
  });
  return manager;
}

/**
 * Makes Everspan the tracer provider of the program, with a context manager, unless it has one.
 *
 * @param api the package `@opentelemetry/api`: `import * as api from "@opentelemetry/api"`
 * @returns ends it
 * @throws EverspanError `EVERSPAN_INVALID_OPTION` when the program has a tracer provider already
 */
export function registerEverspan(api: OtelApi, options: EverspanOtelOptions = {}): () => void {
  if (api.trace.setGlobalTracerProvider(everspanTracerProvider(options)) === false) {
    throw new EverspanError(
      "EVERSPAN_INVALID_OPTION",
      "expected a program without a tracer provider, but one is registered: give its SDK everspanSpanProcessor() instead",
    );
  }
  const isOurs = api.context.setGlobalContextManager(everspanContextManager(options));
  return () => {
    api.trace.disable();
    if (isOurs) api.context.disable();
  };
}
