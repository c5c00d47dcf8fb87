import type { Recorder } from "../../recording/span/recorder.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";

/**
 * A span that another process records, or this one later: nothing can be written to it, but what runs in its context
 * belongs to it. A run that lasts for days, in as many processes as it has steps, is recorded once, when it has ended.
 */
export function spanElsewhere(tracer: Tracer, traceId: string, id: string): Span {
  // The class of this tracer's spans, whichever copy of the package made it.
  const none = tracer.trace("").startSpan("");
  const SpanClass = none.constructor as new (...args: ConstructorParameters<typeof Span>) => Span;
  const home = { id: traceId, taskId: undefined } as ConstructorParameters<typeof Span>[0];
  return new SpanClass(home, none.owner as Recorder, "", {}, { id, parentId: undefined, isRecorded: false });
}
