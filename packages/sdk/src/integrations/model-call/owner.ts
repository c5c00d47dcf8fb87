/**
 * One request, one model span. A framework that records its model calls marks the span while the call is open; an
 * observed client beneath it then adds what only it knows (request id, attempts) to that span instead of opening another.
 */
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";

type Context = Pick<Tracer, "activeSpan">;
type Finder = (tracer: Context) => Span | undefined;

/** One for the process: the framework's integration and the client's may come from two copies of this package. */
const KEY = Symbol.for("everspan.model-call-owners");
const FINDERS = Symbol.for("everspan.model-call-owner-finders");
const holder = globalThis as { [KEY]?: WeakSet<object>; [FINDERS]?: Set<Finder> };

function owners(): WeakSet<object> {
  holder[KEY] ??= new WeakSet();
  return holder[KEY];
}

/** The span stands for a model call that is in flight, until it ends. */
export function ownModelCall(span: Span): void {
  owners().add(span);
}

/** For a framework whose model's span is not the active one: finds the span in the framework's own context. */
export function findModelCallOwners(find: Finder): void {
  holder[FINDERS] ??= new Set();
  holder[FINDERS].add(find);
}

/** The model span that owns what runs here, if a framework opened one. */
export function modelCallOwner(tracer: Context): Span | undefined {
  const active = tracer.activeSpan();
  if (isOwner(active)) return active;
  for (const find of holder[FINDERS] ?? []) {
    const found = find(tracer);
    if (isOwner(found)) return found;
  }
  return undefined;
}

function isOwner(span: Span | undefined): span is Span {
  return span?.isRecording === true && owners().has(span);
}
