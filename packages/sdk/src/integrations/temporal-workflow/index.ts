/**
 * `everspan/temporal-workflow`: what runs inside Temporal's workflow sandbox. It imports nothing, neither of this package nor
 * of Temporal's: a file of yours hands it what it uses, and is named among the worker's interceptors.
 *
 * ```ts
 * import * as workflow from "@temporalio/workflow";
 * import { everspanInterceptors } from "everspan/temporal-workflow";
 *
 * export const interceptors = () => everspanInterceptors(workflow);
 * ```
 */
import type { Parent, TemporalHeaders } from "./parent.ts";
import type { RunEnd } from "./run-end.ts";

export type { RunEnd } from "./run-end.ts";

/** The header by which a run, its activities and its children know whom they belong to. */
const HEADER = "everspan-parent";

/** What is used of `@temporalio/workflow`, typed by its shape. */
export interface WorkflowModule {
  workflowInfo(): { readonly runId: string; readonly firstExecutionRunId: string; readonly historyLength: number };
  // biome-ignore lint/suspicious/noExplicitAny: as Temporal declares it
  proxySinks(): any;
  isCancellation(error: unknown): boolean;
  readonly TemporalFailure: ErrorClass;
  readonly ContinueAsNew: ErrorClass;
}

/** A class of errors of any version of Temporal's. */
// biome-ignore lint/suspicious/noExplicitAny: a class of any version is taken
export type ErrorClass = abstract new (...args: any[]) => Error;

/** An interceptor's method: it has the call's input, and does the call by `next`. */
// biome-ignore lint/suspicious/noExplicitAny: inputs are handed on as they came
export type Interceptor = (input: any, next: (input: any) => any) => any;

export interface EverspanInterceptors {
  readonly inbound: { execute: Interceptor }[];
  readonly outbound: {
    scheduleActivity: Interceptor;
    scheduleLocalActivity: Interceptor;
    startChildWorkflowExecution: Interceptor;
    continueAsNew: Interceptor;
  }[];
}

/**
 * One for each workflow's run. It waits for nothing, schedules nothing and takes nothing of the workflow's random numbers:
 * what a workflow does is what it does without, and histories that were made without are played back.
 */
export function everspanInterceptors(workflow: WorkflowModule): EverspanInterceptors {
  const sink = workflow.proxySinks().everspan as { ended(end: RunEnd): void };
  let own: Parent | undefined;
  let parent: Parent | undefined;
  const passOn: Interceptor = (input, next) =>
    next(own === undefined ? input : { ...input, headers: withParent(input, own) });

  const execute: Interceptor = (input, next) => {
    const { runId, firstExecutionRunId, historyLength } = workflow.workflowInfo();
    parent = parentIn(input.headers);
    own = { traceId: parent?.traceId ?? firstExecutionRunId, spanId: `temporal-run-${runId}` };
    const run = { ...own, parentId: parent?.spanId, input: input.args };
    const tell = (end: Partial<RunEnd>) => tellQuietly(sink, { ...run, ...end });
    const result = next(input) as Promise<unknown>;
    // Its end is watched, and the promise itself handed on: nothing of the workflow comes a microtask later.
    result.then(
      (output) => tell({ output }),
      (error) => {
        if (error instanceof workflow.ContinueAsNew) tell({ state: "continued as new" });
        else if (workflow.isCancellation(error)) tell({ isCanceled: true });
        else if (error instanceof workflow.TemporalFailure) tell({ error: plain(error) });
        // It fails the task, which is tried again, and not the run.
        else tell({ error: plain(error), failedTask: workflow.workflowInfo().historyLength || historyLength });
      },
    );
    return result;
  };
  return {
    inbound: [{ execute }],
    outbound: [
      {
        scheduleActivity: passOn,
        scheduleLocalActivity: passOn,
        startChildWorkflowExecution: passOn,
        // The runs that continue one belong to whom the first one did.
        continueAsNew: (input, next) =>
          next(parent === undefined ? input : { ...input, headers: withParent(input, parent) }),
      },
    ],
  };
}

/** What can't be copied out of the sandbox is left out. */
function tellQuietly(sink: { ended(end: RunEnd): void }, end: RunEnd): void {
  try {
    sink.ended(end);
  } catch {
    const { input: _, output: __, ...rest } = end;
    try {
      sink.ended(rest);
    } catch {
      // Nothing that the workflow could do about it.
    }
  }
}

function plain(error: unknown): RunEnd["error"] {
  const { name, message, stack, cause } = (error ?? {}) as Error;
  const reason = (cause as Error | undefined)?.message;
  return { name, message: reason ? `${message}: ${reason}` : (message ?? String(error)), stack };
}

function withParent({ headers }: { readonly headers?: TemporalHeaders }, parent: Parent): TemporalHeaders {
  const text = new TextEncoder();
  const payload = {
    metadata: { encoding: text.encode("json/plain") },
    data: text.encode(JSON.stringify(parent)),
  };
  return { ...headers, [HEADER]: payload };
}

function parentIn(headers: TemporalHeaders | undefined): Parent | undefined {
  try {
    const data = headers?.[HEADER]?.data;
    if (data === undefined || data === null) return undefined;
    const { traceId, spanId } = JSON.parse(new TextDecoder().decode(data));
    return typeof traceId === "string" && typeof spanId === "string" ? { traceId, spanId } : undefined;
  } catch {
    return undefined;
  }
}
