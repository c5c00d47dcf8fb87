/**
 * One request, one model span. A framework that records its model calls marks the span while the call is open; an
 * observed client beneath it then adds what only it knows (request id, attempts) to that span instead of opening another.
 */
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";

type Context = Pick<Tracer, "activeSpan">;
/** @param request as the client was given it */
type Finder = (tracer: Context, request: unknown) => Span | undefined;

/** One for the process: the framework's integration and the client's may come from two copies of this package. */
const KEY = Symbol.for("everspan.model-call-owners");
const FINDERS = Symbol.for("everspan.model-call-owner-finders");
const REQUESTS = Symbol.for("everspan.model-call-requests");
type RequestState = "sent" | "failed";
const holder = globalThis as {
  [KEY]?: WeakSet<object>;
  [FINDERS]?: Set<Finder>;
  [REQUESTS]?: WeakMap<object, RequestState>;
};

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

/** What became of the last request under a framework's model span; undefined where none was seen. */
export function lastRequestOf(span: Span): RequestState | undefined {
  return holder[REQUESTS]?.get(span);
}

export function noteRequest(span: Span, state: RequestState): void {
  holder[REQUESTS] ??= new WeakMap();
  holder[REQUESTS].set(span, state);
}

/** The model span that owns what runs here, if a framework opened one. */
export function modelCallOwner(tracer: Context, request: unknown): Span | undefined {
  const active = tracer.activeSpan();
  if (isOwner(active)) return active;
  for (const find of holder[FINDERS] ?? []) {
    const found = find(tracer, request);
    if (isOwner(found)) return found;
  }
  return undefined;
}

function isOwner(span: Span | undefined): span is Span {
  return span?.isRecording === true && owners().has(span);
}
