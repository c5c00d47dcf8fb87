import { quietly } from "../callbacks/quietly.ts";
import type { OtelSpanProcessor } from "./api.ts";
import { bridgeOf, type EverspanOtelOptions, filterOf } from "./options.ts";
import { Recording } from "./recording.ts";

/**
 * For programs that have an SDK of OpenTelemetry: records its spans beside whatever else it does with them. Sampling and
 * the SDK's limits come first. It never throws into the SDK, and the tracer stays open when the SDK shuts down.
 */
export function everspanSpanProcessor(options: EverspanOtelOptions = {}): OtelSpanProcessor {
  const recordings = new WeakMap<object, Recording>();
  const filter = filterOf(options);
  const flush = async () => {
    await bridgeOf(options).tracer.flush();
  };
  return {
    onStart: (span, parentContext) =>
      quietly(() => {
        const bridge = bridgeOf(options);
        const recording = new Recording(bridge.tracer, bridge.owner, span, bridge.parentIn(parentContext));
        recordings.set(span, recording);
        bridge.identify(span, recording);
        if (filter(span)) recording.begin();
      }),
    onEnd: (span) => quietly(() => recordings.get(span)?.end(() => filter(span))),
    forceFlush: flush,
    shutdown: flush,
  };
}
