import { enterActiveSpan } from "../../recording/span/context.ts";
import type { Span } from "../../recording/span/span.ts";
import type { SpanOptions } from "../../recording/span/span-options.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { ownModelCall } from "../model-call/owner.ts";
import { type AskedOfModel, expectNoRequest, expectRequest } from "./expected-requests.ts";
import { followRunContext } from "./run-context.ts";

/** Most runs that are followed at the same time; one whose end never comes makes place for what is new. */
const MAX_OPEN_RUNS = 10_000;

interface Run {
  /** The run's own span, or for a hidden run the nearest one above it. */
  readonly span: Span | undefined;
  readonly isHidden: boolean;
  readonly startedMs: number;
  stopWatching?: () => void;
}

/** A model whose call began in this turn, and the context that it was given. */
interface Entered {
  readonly span: Span;
  readonly parentRunId: string | undefined;
  /** The span that was active before. */
  readonly around: Span | undefined;
  /** Takes the context back, for the same turn. */
  readonly leave: () => void;
  isLeft: boolean;
}

/** LangChain's runs by their id, and the spans that stand for them: those that one handler was told of. */
export class Runs {
  readonly #tracer: () => Tracer;
  /** Of all handlers that were made from the same registration. */
  readonly #runs: Map<string, Run>;
  readonly #begun = new Set<string>();
  #entered: Entered | undefined;

  constructor(tracer: () => Tracer, runs = new Map<string, Run>()) {
    this.#tracer = tracer;
    this.#runs = runs;
  }

  /** For a handler of its own. */
  sibling(): Runs {
    return new Runs(this.#tracer, this.#runs);
  }

  /** Under its parent run, else under whatever span is active where the run was started. */
  start(runId: string, parentRunId: string | undefined, name: string, options: SpanOptions): void {
    followRunContext();
    const tracer = this.#tracer();
    const parent = parentRunId === undefined ? undefined : this.#runs.get(parentRunId)?.span;
    const begin = () => tracer.startSpan(name, options);
    this.#add(runId, { span: parent === undefined ? begin() : tracer.withSpan(parent, begin), isHidden: false });
  }

  /**
   * A model's call, in whose context its request is made: a client of the provider's that is observed adds to this span, and
   * opens none. LangChain runs nothing of ours around the request. It waits for us before it, though, in a turn that began
   * with an `await` of its own, so what is entered here holds until that function returns and nowhere else. Of several
   * prompts that are sent in one turn none gets the context, and where LangChain looks into a cache first that function has
   * returned when the request is made: such requests are known by what they ask.
   */
  startModel(
    runId: string,
    parentRunId: string | undefined,
    name: string,
    options: SpanOptions,
    asked: AskedOfModel,
  ): void {
    const isOneOfMany = this.#leaveSibling(parentRunId);
    this.start(runId, parentRunId, name, options);
    const span = this.spanOf(runId);
    if (span === undefined) return;
    const tracer = this.#tracer();
    const around = tracer.activeSpan();
    ownModelCall(span);
    expectRequest(tracer, span, around, asked);
    if (!isOneOfMany) quietly(() => this.#enter(span, parentRunId, around));
  }

  /** A model's request is about to be made, of a call that looked into no cache: in its span's context, if it has one. */
  requestFollows(): void {
    expectNoRequest(this.#tracer().activeSpan());
  }

  #enter(span: Span, parentRunId: string | undefined, around: Span | undefined): void {
    const entered = { span, parentRunId, around, leave: enterActiveSpan(span), isLeft: false };
    this.#entered = entered;
    queueMicrotask(() => {
      if (this.#entered === entered) this.#entered = undefined;
    });
  }

  /** Of several prompts that are sent in one turn nobody can tell by the context whose request is whose. */
  #leaveSibling(parentRunId: string | undefined): boolean {
    const sibling = this.#entered;
    if (sibling === undefined || sibling.parentRunId !== parentRunId) return false;
    const active = this.#tracer().activeSpan();
    if (sibling.isLeft) return active === sibling.around;
    if (active !== sibling.span) return false;
    sibling.leave();
    sibling.isLeft = true;
    return true;
  }

  /** A run that is no span: what runs inside it belongs to the run above. */
  hide(runId: string, parentRunId: string): void {
    this.#add(runId, { span: this.#runs.get(parentRunId)?.span, isHidden: true });
  }

  has(runId: string | undefined): boolean {
    return runId !== undefined && this.#runs.has(runId);
  }

  /** The run's own span while it is open. */
  spanOf(runId: string): Span | undefined {
    const run = this.#runs.get(runId);
    return run === undefined || run.isHidden ? undefined : run.span;
  }

  /** The span that what runs in this run belongs to. */
  spanAround(runId: string): Span | undefined {
    return this.#runs.get(runId)?.span;
  }

  elapsedMs(runId: string): number {
    const run = this.#runs.get(runId);
    return run === undefined ? 0 : performance.now() - run.startedMs;
  }

  /** A stream that is aborted ends without a word from LangChain: its signal tells. */
  cancelWith(runId: string, signal: AbortSignal | undefined): void {
    const run = this.#runs.get(runId);
    if (run === undefined || signal === undefined) return;
    const cancel = () => this.end(runId, (span) => (span.status = "CANCELED"));
    signal.addEventListener("abort", cancel, { once: true });
    run.stopWatching = () => signal.removeEventListener("abort", cancel);
  }

  /** @param finish what is known at the end; not called for a run that is hidden or unknown */
  end(runId: string, finish: (span: Span) => void): void {
    const run = this.#runs.get(runId);
    if (run === undefined) return;
    this.#runs.delete(runId);
    this.#begun.delete(runId);
    run.stopWatching?.();
    expectNoRequest(run.span);
    if (run.isHidden || run.span === undefined) return;
    finish(run.span);
    run.span.end();
  }

  /** Who could end what is open is gone: a stream whose reader left. */
  abandon(): void {
    for (const runId of [...this.#begun].reverse()) {
      this.end(runId, (span) => {
        span.status = "CANCELED";
        span.setData({ "everspan.unconsumed": true });
      });
    }
  }

  #add(runId: string, run: Omit<Run, "startedMs">): void {
    this.#begun.add(runId);
    this.#runs.set(runId, { ...run, startedMs: performance.now() });
    if (this.#runs.size <= MAX_OPEN_RUNS) return;
    this.end(this.#runs.keys().next().value as string, (span) => span.setData({ incomplete: true }));
  }
}
