/**
 * `everspan/agentex`: tracing for agents on Agentex, in the words of its Python ADK and with exactly its keys on the wire.
 *
 * ```ts
 * import { addTracingProcessorConfig, adk } from "everspan/agentex";
 *
 * addTracingProcessorConfig({ type: "sgp", sgpApiKey, sgpAccountId });
 *
 * await adk.tracing.turnSpan(task.id, "turn", { input: { message }, taskId: task.id }, async (turn) => {
 *   const result = await runTurn(message);
 *   turn.output = { response: result.text };
 *   turn.recordUsage({ inputTokens: result.inputTokens, outputTokens: result.outputTokens }, result.costUsd);
 * });
 * ```
 */
export { type Adk, type AdkSpanOptions, AdkTracing, adk, createAdk, type TraceId } from "./adk.ts";
export { type CloseSignal, type OpenSignal, SpanDeriver, type SpanSignal } from "./span-deriver.ts";
export { observeTaskStream, StreamSpans, type StreamSpansOptions } from "./stream-spans.ts";
export type { TaskMessageContent, TaskMessageDelta, TaskMessageUpdate } from "./task-stream.ts";
export { type EndSpanParams, type StartSpanParams, tracingActivities, type WireSpan } from "./tracing-activities.ts";
export {
  addTracingProcessorConfig,
  clearTracingProcessorConfigs,
  type TracingProcessorConfig,
} from "./tracing-processors.ts";
export { TurnSpan } from "./turn-span.ts";
export type { TurnUsage, WireUsage } from "./turn-usage.ts";
