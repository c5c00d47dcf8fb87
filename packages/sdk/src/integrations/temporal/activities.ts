import type { Tracer } from "../../recording/tracer.ts";
import type { TemporalHeaders } from "../temporal-workflow/parent.ts";
import type { ActivityInfo } from "./events.ts";
import { parentIn } from "./parent-header.ts";

/** The errors by which an activity says that it did not fail. */
const CANCELED = "CancelledFailure";
const COMPLETED_ELSEWHERE = "CompleteAsyncError";

/** Its ids come of Temporal's: an attempt whose answer was lost and that runs again records the same span. */
export function runActivity(
  tracer: Tracer,
  info: ActivityInfo,
  input: { readonly args: unknown[]; readonly headers?: TemporalHeaders },
  run: () => Promise<unknown>,
): Promise<unknown> {
  const { activityId, activityType, attempt, workflowExecution, workflowType, taskQueue } = info;
  const runId = workflowExecution?.runId;
  const fallback = runId === undefined ? undefined : { traceId: runId, spanId: `temporal-run-${runId}` };
  const parent = parentIn(input.headers) ?? fallback;
  const trace = parent === undefined ? tracer.startTrace() : tracer.trace(parent.traceId);
  const span = trace.startSpan(activityType, {
    ...(runId !== undefined && { id: `${runId}-activity-${activityId}-${attempt}` }),
    parentId: parent?.spanId ?? null,
    input: input.args.length === 1 ? input.args[0] : input.args,
    data: { framework: "temporal", runId, workflowId: workflowExecution?.workflowId, workflowType, taskQueue, attempt },
  });
  return tracer.withSpan(span, run).then(
    (output) => {
      span.output = output;
      span.end();
      return output;
    },
    (error) => {
      const name = (error as Error | undefined)?.name;
      if (name === COMPLETED_ELSEWHERE) span.setData({ state: "completed elsewhere" });
      else span.recordError(error);
      if (name === CANCELED) span.status = "CANCELED";
      span.end();
      throw error;
    },
  );
}
