import type { Span } from "../../recording/span/span.ts";
import type { Trace } from "../../recording/trace.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { spanElsewhere } from "../durable-run/span-elsewhere.ts";
import type { InngestContext, InngestFunction, InngestStep } from "./events.ts";
import { ulidTime } from "./ulid-time.ts";

/**
 * One request of a run: the run has no process of its own. Its ids come of Inngest's, so that a request that is sent again
 * records the same spans and whichever process ends the run records the one that all others belong to.
 */
export class FunctionRun {
  readonly #tracer: Tracer;
  readonly #ctx: InngestContext;
  readonly #trace: Trace;
  readonly #rootId: string;

  constructor(tracer: Tracer, ctx: InngestContext) {
    this.#tracer = tracer;
    this.#ctx = ctx;
    this.#trace = tracer.trace(ctx.runId);
    this.#rootId = `inngest-run-${ctx.runId}`;
  }

  within<T>(run: () => T): T {
    if (!this.#trace.isRecording) return run();
    return this.#tracer.withSpan(spanElsewhere(this.#tracer, this.#trace.id, this.#rootId), run);
  }

  step(fn: InngestFunction, step: InngestStep, run: () => Promise<unknown>): Promise<unknown> {
    const { runId, attempt } = this.#ctx;
    const { hashedId, stepType, input, options } = step;
    const given = {
      id: `${runId}-${hashedId}-${attempt}`,
      parentId: this.#rootId,
      ...(input !== undefined && input.length > 0 && { input: input.length === 1 ? input[0] : input }),
      data: { ...this.#data(fn), stepId: options.id, stepType },
    };
    return this.#trace.span(options.name ?? options.id, given, run);
  }

  completed(fn: InngestFunction, output: unknown): void {
    const root = this.#root(fn);
    root.output = output;
    root.end();
  }

  /** An attempt that is not the last one is a span of the run; what it threw makes the run fail at the last. */
  failed(fn: InngestFunction, error: unknown, isFinalAttempt: boolean): void {
    const { runId, attempt } = this.#ctx;
    const span = isFinalAttempt
      ? this.#root(fn)
      : this.#trace.startSpan(`attempt ${attempt + 1}`, {
          id: `${runId}-attempt-${attempt}`,
          parentId: this.#rootId,
          data: this.#data(fn),
        });
    span.recordError(error).end();
  }

  #root(fn: InngestFunction): Span {
    const { runId, event, events } = this.#ctx;
    return this.#trace.startSpan(nameOf(fn), {
      id: this.#rootId,
      parentId: null,
      type: "AGENT_WORKFLOW",
      startTime: ulidTime(runId),
      input: events !== undefined && events.length > 1 ? events : event,
      data: this.#data(fn),
    });
  }

  #data(fn: InngestFunction): Record<string, unknown> {
    const { runId, attempt, event } = this.#ctx;
    return { framework: "inngest", runId, functionId: fn.opts?.id, event: event?.name, attempt };
  }
}

function nameOf({ opts }: InngestFunction): string {
  return opts?.name ?? opts?.id ?? "function";
}
