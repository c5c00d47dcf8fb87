import { AsyncLocalStorage } from "node:async_hooks";

/** Who an active span is, and whose. A span that has ended is no more than this. */
export interface SpanIdentity {
  /** The tracer that made it: a tracer takes only its own spans for parents. */
  readonly owner: object;
  readonly traceId: string;
  readonly id: string;
  /** Of what stands for a span that begins only when somebody asks for it or its ids: the span. */
  readonly span?: SpanIdentity;
}

/**
 * The active spans of the running asynchronous context, the innermost of each tracer, the last one entered first.
 * What the context keeps alive (a socket that was opened in a span keeps its context for hours) is one entry a tracer.
 */
interface Entry {
  readonly span: SpanIdentity;
  /** Of other tracers. */
  readonly others: Entry | undefined;
}

/** One storage for all tracers of this copy of the SDK. */
const storage = new AsyncLocalStorage<Entry | undefined>();

export function activeSpanOf(owner: object): SpanIdentity | undefined {
  for (let entry = storage.getStore(); entry !== undefined; entry = entry.others) {
    if (entry.span.owner === owner) return entry.span;
  }
  return undefined;
}

/** Runs `fn` with the span active in it and in everything it starts. */
export function withActiveSpan<T>(span: SpanIdentity, fn: () => T): T {
  return storage.run({ span, others: without(storage.getStore(), span.owner) }, fn);
}

/**
 * Makes the span active in the rest of the running turn, in what goes on when that turn's `await` is over, and in what is
 * started from there. For who is told that a framework's call begins, and gets no function to run it in.
 * @returns takes it back, for the same turn
 * @throws where the runtime can't (workerd)
 */
export function enterActiveSpan(span: SpanIdentity): () => void {
  const before = storage.getStore();
  storage.enterWith({ span, others: without(before, span.owner) });
  return () => storage.enterWith(before);
}

/** Runs a function in the context in which this was called. */
export function bindToCaller(): <T>(fn: () => T) => T {
  const entry = storage.getStore();
  return (fn) => storage.run(entry, fn);
}

function without(entry: Entry | undefined, owner: object): Entry | undefined {
  if (entry === undefined) return undefined;
  const others = without(entry.others, owner);
  if (entry.span.owner === owner) return others;
  return others === entry.others ? entry : { span: entry.span, others };
}
