/**
 * `everspan/inngest`: traces Inngest's functions.
 *
 * ```ts
 * import { Inngest, Middleware } from "inngest";
 * import { everspanMiddleware } from "everspan/inngest";
 *
 * const inngest = new Inngest({ id: "app", middleware: [everspanMiddleware(Middleware.BaseMiddleware)] });
 * ```
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import type {
  CompleteArguments,
  ErrorArguments,
  EverspanMiddleware,
  HandlerArguments,
  MiddlewareClass,
  StepArguments,
} from "./events.ts";
import { FunctionRun } from "./function-run.ts";

export type { EverspanMiddleware, MiddlewareClass } from "./events.ts";

export interface EverspanInngestOptions {
  /** Default: the process's default tracer. */
  readonly tracer?: Tracer | undefined;
  /**
   * Sends what was recorded before each response: for platforms that freeze the process after it. Each request then waits
   * for it, up to this many milliseconds. Default: nothing waits.
   */
  readonly flushWithinMs?: number | undefined;
}

/**
 * A run of a function is a trace, whose id is the run's: its steps are spans as they run, wherever they do, once for each
 * attempt; the run itself is recorded when it has ended.
 *
 * @param base `Middleware.BaseMiddleware` of the package `inngest`
 */
export function everspanMiddleware<Base extends MiddlewareClass>(
  base: Base,
  options: EverspanInngestOptions = {},
): EverspanMiddleware<Base> {
  const { flushWithinMs } = options;
  const tracer = () => options.tracer ?? defaultTracer();
  class Everspan extends (base as unknown as new (...args: unknown[]) => object) {
    readonly id = "everspan";
    wrapRequest?: (args: { readonly next: () => Promise<unknown> }) => Promise<unknown>;

    constructor(...args: unknown[]) {
      super(...args);
      if (flushWithinMs === undefined) return;
      this.wrapRequest = async ({ next }) => {
        const response = await next();
        await tracer().flush({ timeoutMs: flushWithinMs });
        return response;
      };
    }

    /** Once for each request: what is known is played back here too, and only what is new runs. */
    wrapFunctionHandler({ ctx, next }: HandlerArguments): Promise<unknown> {
      return new FunctionRun(tracer(), ctx).within(next);
    }

    /** Once for each attempt of a step, never for one that is known. */
    wrapStepHandler({ ctx, fn, stepInfo, next }: StepArguments): Promise<unknown> {
      return new FunctionRun(tracer(), ctx).step(fn, stepInfo, next);
    }

    onRunComplete({ ctx, fn, output }: CompleteArguments): void {
      quietly(() => new FunctionRun(tracer(), ctx).completed(fn, output));
    }

    onRunError({ ctx, fn, error, isFinalAttempt }: ErrorArguments): void {
      quietly(() => new FunctionRun(tracer(), ctx).failed(fn, error, isFinalAttempt));
    }
  }
  return Everspan as unknown as EverspanMiddleware<Base>;
}
