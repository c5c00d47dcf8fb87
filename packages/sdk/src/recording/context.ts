import { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "./span.ts";

/**
 * The active span of the running asynchronous context. One storage for all tracers of this copy of the SDK: a span
 * knows its tracer, so a tracer takes only its own spans for parents.
 */
const storage = new AsyncLocalStorage<Span | undefined>();

export function activeSpan(): Span | undefined {
  return storage.getStore();
}

/** Runs `fn` with the span active in it and in everything it starts. */
export function withActiveSpan<T>(span: Span | undefined, fn: () => T): T {
  return storage.run(span, fn);
}
