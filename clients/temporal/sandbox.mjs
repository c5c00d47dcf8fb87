/**
 * Temporal's own sandbox without its server: a workflow is made of a bundle and told what happened, as a worker is by its
 * core, and what it wants is kept. The sinks are called as a worker calls them.
 */
import { fileURLToPath } from "node:url";
import { defaultPayloadConverter, toPayloads } from "@temporalio/common";
import proto from "@temporalio/proto";
import { bundleWorkflowCode } from "@temporalio/worker";
import { parseWorkflowCode } from "@temporalio/worker/lib/worker.js";
import { VMWorkflowCreator } from "@temporalio/worker/lib/workflow/vm.js";

export const silent = Object.fromEntries(
  ["trace", "debug", "info", "warn", "error", "log"].map((name) => [name, () => {}]),
);
const pathOf = (name) => fileURLToPath(new URL(`programs/${name}`, import.meta.url));

export async function bundle(isObserved) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: pathOf("workflows.js"),
    workflowInterceptorModules: isObserved ? [pathOf("everspan-workflow.js")] : [],
    logger: silent,
  });
  return code;
}

/** @param sinks of a worker; none for a bare one */
export async function openSandbox(code, sinks = {}) {
  const creator = await VMWorkflowCreator.create(parseWorkflowCode(code), 10_000, new Set(["look"]));
  return {
    /** @returns a run that `tell` tells of things */
    async start(workflowType, { args = [], headers = {}, runId = `run-${workflowType}`, ...more } = {}) {
      const info = infoOf(workflowType, runId, more);
      const workflow = await creator.createWorkflow({
        info,
        randomnessSeed: [7, 0, 0, 0, 0, 0, 0, 0],
        now: Date.UTC(2026, 0, 1),
        showStackTraceSources: false,
      });
      let events = 3;
      const tell = async (jobs, isReplaying = false) => {
        events += 3;
        const activation = proto.coresdk.workflow_activation.WorkflowActivation.fromObject({
          runId,
          timestamp: { seconds: Math.floor(Date.UTC(2026, 0, 1) / 1000) + events, nanos: 0 },
          historyLength: events,
          isReplaying,
          jobs,
        });
        const completion = await workflow.activate(activation);
        for (const { ifaceName, fnName, args: given, workflowInfo } of await workflow.getAndResetSinkCalls()) {
          const sink = sinks[ifaceName]?.[fnName];
          if (sink !== undefined && (!isReplaying || sink.callDuringReplay)) sink.fn(workflowInfo, ...given);
        }
        return completion.successful?.commands ?? [{ failed: completion.failed.failure.message }];
      };
      const begin = { workflowId: info.workflowId, workflowType, randomnessSeed: 7, headers };
      const first = { initializeWorkflow: { ...begin, arguments: toPayloads(defaultPayloadConverter, ...args) } };
      return { first, tell, dispose: () => workflow.dispose() };
    },
    close: () => creator.destroy(),
  };
}

export const resolved = (seq, value) => {
  const result = defaultPayloadConverter.toPayload(value);
  return { resolveActivity: { seq, result: { completed: { result } } } };
};
export const fired = (seq) => ({ fireTimer: { seq } });

function infoOf(workflowType, runId, { firstRunId = runId, attempt = 1 }) {
  return {
    workflowId: `id-${workflowType}`,
    runId,
    workflowType,
    searchAttributes: {},
    typedSearchAttributes: {},
    historyLength: 3,
    historySize: 300,
    continueAsNewSuggested: false,
    taskQueue: "queue",
    namespace: "default",
    firstExecutionRunId: firstRunId,
    originalExecutionRunId: runId,
    startTime: new Date(Date.UTC(2026, 0, 1)),
    runStartTime: new Date(Date.UTC(2026, 0, 1)),
    taskTimeoutMs: 10_000,
    attempt,
    unsafe: { now: () => Date.now(), isReplaying: false, isReplayingHistoryEvents: false },
  };
}
