/**
 * `@openai/agents` runs what its spans stand for through one storage of the process, in which the current span is. There
 * ours becomes the active one, so that what a tool starts belongs to the tool, and an observed client adds to the model's
 * span. A streamed reply's span is set in that storage when its request is about to be sent: it is looked up there.
 */
import { memberOf, methodOf, replaceMethod } from "../../recording/following/members.ts";
import type { SpanIdentity } from "../../recording/span/context.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { findModelCallOwners, ownModelCall } from "../model-call/owner.ts";
import type { AgentsSpan, AgentsTrace } from "./events.ts";
import { describeSpan } from "./span-description.ts";

/** Where the package, whichever copies of it there are, keeps its storage. */
const STORAGE = Symbol.for("openai.agents.core.asyncLocalStorage");
const FOLLOWED = Symbol.for("everspan.openai-agents.followed");

/** A run that is open, as one processor of ours records it. */
export interface Run {
  readonly tracer: Tracer;
  readonly root: Span;
  /** It goes on in a trace that had ended. */
  readonly isResumed: boolean;
  /** Those that are open. */
  readonly spans: Map<string, Span>;
  /** Every id that there was. */
  readonly begun: Set<string>;
  /** What ended last was left in the middle: the id of the span around it. */
  left: string | undefined;
}

/**
 * Under its parent, once: where another processor comes first we are told of a start in a later turn, when what the span
 * stands for has long begun. Whoever asks for the span before that begins it.
 */
export function begin(run: Run, span: AgentsSpan): void {
  const { tracer, spans, begun, root } = run;
  if (begun.has(span.spanId)) return;
  begun.add(span.spanId);
  const parent = (span.parentId != null && spans.get(span.parentId)) || root;
  const { name, type, input, data } = describeSpan(span.spanData);
  const started = tracer.withSpan(parent, () =>
    tracer.startSpan(name, { type, data: { ...data }, ...(input !== undefined && { input }) }),
  );
  spans.set(span.spanId, started);
  if (type === "COMPLETION") ownModelCall(started);
}

/** The open runs by the id of their trace: one for each processor that records it. */
const open = new Map<string, Set<Run>>();

export function opened(traceId: string, run: Run): void {
  const runs = open.get(traceId) ?? new Set();
  open.set(traceId, runs.add(run));
  followStorage();
}

export function closed(traceId: string, run: Run): void {
  const runs = open.get(traceId);
  runs?.delete(run);
  if (runs?.size === 0) open.delete(traceId);
}

/** The trace of this id, if what runs now is in it. */
export function runningTrace(traceId: string): AgentsTrace | undefined {
  const storage = memberOf(globalThis, STORAGE) as object | undefined;
  const context = storage === undefined ? undefined : methodOf(storage, "getStore")?.call(storage);
  const trace = memberOf(context, "trace") as AgentsTrace | undefined;
  return memberOf(trace, "traceId") === traceId ? trace : undefined;
}

/** Whatever span the storage's context has at the time of asking; the run's, where it has none that is open. */
class CurrentSpan implements SpanIdentity {
  readonly #context: unknown;
  readonly #run: Run;
  readonly owner: object;

  constructor(context: unknown, run: Run) {
    this.#context = context;
    this.#run = run;
    this.owner = run.root.owner;
  }

  get span(): Span {
    return spanIn(this.#context, this.#run) ?? this.#run.root;
  }

  get traceId(): string {
    return this.span.traceId;
  }

  get id(): string {
    return this.span.id;
  }
}

function spanIn(context: unknown, run: Run): Span | undefined {
  const span = memberOf(context, "span") as AgentsSpan | undefined;
  const id = memberOf(span, "spanId") as string;
  if (memberOf(span, "startedAt") && run.root.isRecording) quietly(() => begin(run, span!));
  return run.spans.get(id);
}

function runsIn(context: unknown): ReadonlySet<Run> | undefined {
  return open.get(memberOf(memberOf(context, "trace"), "traceId") as string);
}

function followStorage(): void {
  const storage = memberOf(globalThis, STORAGE) as object | undefined;
  const run = storage === undefined ? undefined : methodOf(storage, "run");
  if (storage === undefined || run === undefined || memberOf(run, FOLLOWED) === true) return;
  const followed = function (this: unknown, context: unknown, fn: unknown, ...args: unknown[]): unknown {
    const runs = typeof fn === "function" ? runsIn(context) : undefined;
    const inSpans =
      runs === undefined ? fn : [...runs].reduce((inner, one) => inSpan(context, one, inner), fn as AnyFunction);
    return Reflect.apply(run, this, [context, inSpans, ...args]);
  };
  Object.defineProperty(followed, FOLLOWED, { value: true });
  if (!replaceMethod(storage, "run", followed as never)) return;
  findModelCallOwners((tracer) => {
    const context = methodOf(storage, "getStore")?.call(storage);
    for (const one of runsIn(context) ?? []) if (one.tracer === tracer) return spanIn(context, one);
    return undefined;
  });
}

type AnyFunction = (...args: unknown[]) => unknown;

function inSpan(context: unknown, run: Run, fn: AnyFunction): AnyFunction {
  // A tracer asks an active span for its identity, and for the span that it stands for.
  const current = new CurrentSpan(context, run) as SpanIdentity as Span;
  return (...args) => run.tracer.withSpan(current, () => fn(...args));
}
