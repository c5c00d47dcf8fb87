import type { Tracer } from "../recording/tracer.ts";
import { tracerFromEnv } from "./tracer-from-env.ts";

/** One for the process, also where an ESM and a CommonJS copy of this package are loaded side by side. */
const KEY = Symbol.for("everspan.default-tracer");
const holder = globalThis as { [KEY]?: Tracer | undefined };

/**
 * Names the tracer that integrations use when they are given none. Call it before the first span; what was recorded with
 * another stays there. `undefined` forgets it: the next use makes one from the environment.
 */
export function setDefaultTracer(tracer: Tracer | undefined): void {
  holder[KEY] = tracer;
}

/** The tracer that was set, or one that `tracerFromEnv()` makes at the first call. */
export function defaultTracer(): Tracer {
  holder[KEY] ??= tracerFromEnv();
  return holder[KEY];
}
