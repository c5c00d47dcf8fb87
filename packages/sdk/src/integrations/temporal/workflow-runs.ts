import type { Tracer } from "../../recording/tracer.ts";
import type { RunEnd } from "../temporal-workflow/run-end.ts";
import type { WorkflowInfo } from "./events.ts";

export function recordRun(tracer: Tracer, info: WorkflowInfo, end: RunEnd): void {
  const { workflowId, runId, workflowType, taskQueue, attempt } = info;
  const { traceId, spanId, parentId, input, output, error, state, isCanceled, failedTask } = end;
  const data = { framework: "temporal", workflowId, runId, taskQueue, attempt, ...(state !== undefined && { state }) };
  const args = Array.isArray(input) && input.length === 1 ? input[0] : input;
  const trace = tracer.trace(traceId);
  const span =
    failedTask === undefined
      ? trace.startSpan(workflowType, {
          id: spanId,
          parentId: parentId ?? null,
          type: "AGENT_WORKFLOW",
          // Of the sandbox's own kind of date.
          startTime: Number(info.runStartTime ?? info.startTime),
          input: args,
          data,
        })
      : trace.startSpan("workflow task", { id: `${spanId}-task-${failedTask}`, parentId: spanId, data });
  if (output !== undefined) span.output = output;
  if (error !== undefined) span.recordError(Object.assign(new Error(error.message), error));
  if (isCanceled) span.status = "CANCELED";
  span.end();
}
