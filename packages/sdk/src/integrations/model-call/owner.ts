/**
 * One request, one model span. A framework that records its model calls marks the span while the call is open; an
 * observed client beneath it then adds what only it knows (request id, attempts) to that span instead of opening another.
 */
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";

/** One for the process: the framework's integration and the client's may come from two copies of this package. */
const KEY = Symbol.for("everspan.model-call-owners");
const holder = globalThis as { [KEY]?: WeakSet<object> };

function owners(): WeakSet<object> {
  holder[KEY] ??= new WeakSet();
  return holder[KEY];
}

/** The span stands for a model call that is in flight, until it ends. */
export function ownModelCall(span: Span): void {
  owners().add(span);
}

/** The model span that owns what runs here, if a framework opened one. */
export function modelCallOwner(tracer: Pick<Tracer, "activeSpan">): Span | undefined {
  const active = tracer.activeSpan();
  return active?.isRecording && owners().has(active) ? active : undefined;
}
