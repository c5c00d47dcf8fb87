/**
 * `everspan/temporal`: traces Temporal's workflows and activities.
 *
 * ```ts
 * import { everspanActivities, everspanSinks } from "everspan/temporal";
 *
 * await Worker.create({
 *   …,
 *   sinks: everspanSinks(),
 *   interceptors: { activity: [everspanActivities()], workflowModules: [require.resolve("./everspan-workflow")] },
 * });
 * ```
 *
 * The file `everspan-workflow` is yours: see `everspan/temporal-workflow`.
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { Interceptor } from "../temporal-workflow/index.ts";
import type { TemporalHeaders } from "../temporal-workflow/parent.ts";
import type { RunEnd } from "../temporal-workflow/run-end.ts";
import { runActivity } from "./activities.ts";
import type { ActivityInfo, WorkflowInfo } from "./events.ts";
import { withParent } from "./parent-header.ts";
import { recordRun } from "./workflow-runs.ts";

export interface EverspanTemporalOptions {
  /** Default: the process's default tracer. */
  readonly tracer?: Tracer | undefined;
}

export interface EverspanSinks {
  /** Temporal's type of sinks has an index. */
  readonly [name: string]: {
    readonly ended: {
      // biome-ignore lint/suspicious/noExplicitAny: as Temporal declares it
      fn(info: any, end: any): void;
      readonly callDuringReplay: false;
    };
  };
}

/** For a worker's `sinks`: records a workflow's run when it has ended, never while its history is played back. */
export function everspanSinks(options: EverspanTemporalOptions = {}): EverspanSinks {
  const fn = (info: WorkflowInfo, end: RunEnd): void =>
    quietly(() => recordRun(options.tracer ?? defaultTracer(), info, end));
  return { everspan: { ended: { fn, callDuringReplay: false } } };
}

/** For a worker's `interceptors.activity`: each attempt of an activity is a span, in which it runs. */
export function everspanActivities(options: EverspanTemporalOptions = {}) {
  return (context: { readonly info: ActivityInfo }) => ({
    inbound: {
      execute: ((input: { readonly args: unknown[]; readonly headers?: TemporalHeaders }, next) =>
        runActivity(options.tracer ?? defaultTracer(), context.info, input, () => next(input))) as Interceptor,
    },
  });
}

/** For a client's `interceptors.workflow`: a workflow belongs to the span in which it is started. */
export function everspanClient(options: EverspanTemporalOptions = {}) {
  const passOn: Interceptor = (input, next) => {
    const span = (options.tracer ?? defaultTracer()).activeSpan();
    if (span === undefined || span.id === "") return next(input);
    const parent = { traceId: span.traceId, spanId: span.id };
    return next({ ...input, headers: withParent(input.headers, parent) });
  };
  return { start: passOn, startWithDetails: passOn, signalWithStart: passOn };
}
