/** In the place of `recording/tracer.ts`. */
import { newSpanId } from "@everspan/protocol";
import type { Trace, TraceOptions } from "../recording/trace.ts";
import { Tracer as UsualTracer } from "../recording/tracer.ts";

/**
 * A tracer that records nothing where there are no random numbers: outside of a request, Cloudflare Workers refuse them,
 * and ids that repeat in each isolate would make one trace of many.
 */
export class Tracer extends UsualTracer {
  override trace(id: string | undefined | null, options?: TraceOptions): Trace {
    return super.trace(canMakeIds() ? id : undefined, options);
  }

  override startTrace(options?: TraceOptions): Trace {
    return canMakeIds() ? super.startTrace(options) : super.trace(undefined, options);
  }
}

function canMakeIds(): boolean {
  try {
    return newSpanId() !== "";
  } catch {
    return false;
  }
}
