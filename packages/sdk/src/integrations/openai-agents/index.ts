/**
 * `everspan/openai-agents`: traces runs of `@openai/agents`.
 *
 * ```ts
 * import { setTraceProcessors } from "@openai/agents";
 * import { everspanProcessor } from "everspan/openai-agents";
 *
 * setTraceProcessors([everspanProcessor()]);
 * ```
 *
 * `setTraceProcessors` replaces the default processor, which sends every prompt to OpenAI; `addTraceProcessor` keeps it.
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { AgentsSpan, AgentsTrace, AgentsTracingProcessor } from "./events.ts";
import { begin, closed, opened, type Run } from "./run-context.ts";
import { describeSpan } from "./span-description.ts";

export type { AgentsSpan, AgentsSpanData, AgentsTrace, AgentsTracingProcessor } from "./events.ts";

export interface EverspanAgentsOptions {
  /** Default: the process's default tracer. */
  readonly tracer?: Tracer | undefined;
}

/** Most runs that are followed at the same time. */
const MAX_OPEN_RUNS = 10_000;

/**
 * Each run is a span of type `AGENT_WORKFLOW` in the trace of whoever started it, with the run's agents, model calls,
 * tools, handoffs and guardrails under it. It never delays a run and never throws into it.
 */
export function everspanProcessor(options: EverspanAgentsOptions = {}): AgentsTracingProcessor {
  const runs = new Map<string, Run>();
  const tracer = () => options.tracer ?? defaultTracer();
  return {
    onTraceStart: async (trace) => quietly(() => startRun(runs, tracer(), trace)),
    onSpanStart: async (span) =>
      quietly(() => {
        const run = runs.get(span.traceId);
        if (run !== undefined) begin(run, span);
      }),
    onSpanEnd: async (span) => quietly(() => endSpan(runs, span)),
    onTraceEnd: async (trace) => quietly(() => endRun(runs, trace.traceId)),
    forceFlush: async () => {
      await tracer().flush();
    },
    shutdown: async (timeout) => {
      await tracer().flush(timeout === undefined ? {} : { timeoutMs: timeout });
    },
  };
}

function startRun(runs: Map<string, Run>, tracer: Tracer, trace: AgentsTrace): void {
  const root = tracer.startSpan(trace.name ?? "agent workflow", {
    type: "AGENT_WORKFLOW",
    data: {
      openaiTraceId: trace.traceId,
      ...(trace.groupId != null && { sessionId: trace.groupId }),
      ...(trace.metadata !== undefined && { metadata: trace.metadata }),
    },
  });
  const run: Run = { tracer, root, spans: new Map(), begun: new Set() };
  runs.set(trace.traceId, run);
  opened(trace.traceId, run);
  if (runs.size > MAX_OPEN_RUNS) endRun(runs, runs.keys().next().value as string);
}

function endSpan(runs: Map<string, Run>, span: AgentsSpan): void {
  const run = runs.get(span.traceId);
  const started = run?.spans.get(span.spanId);
  if (run === undefined || started === undefined) return;
  run.spans.delete(span.spanId);
  // Model, request and reply are known at the end only.
  const { name, input, output, data } = describeSpan(span.spanData);
  started.name = name;
  if (input !== undefined) started.input = input;
  if (output !== undefined) started.output = output;
  started.setData({ ...data });
  if (span.error != null) started.recordError(errorOf(span.error));
  // An aborted request ends with neither a reply nor an error.
  else if (span.spanData.type === "response" && span.spanData._response === undefined) started.status = "CANCELED";
  started.end();
  // A run that fails ends without a word about its trace. What may still come in it finds its parent all the same.
  if (span.error != null && run.spans.size === 0 && run.root.isRecording) {
    run.root.recordError(errorOf(span.error));
    run.root.end();
  }
}

function endRun(runs: Map<string, Run>, traceId: string): void {
  const run = runs.get(traceId);
  runs.delete(traceId);
  if (run === undefined) return;
  closed(traceId, run);
  for (const span of run.spans.values()) span.end();
  run.root.end();
}

function errorOf({ message, data }: NonNullable<AgentsSpan["error"]>): Error {
  const error = new Error(message ?? "the run failed");
  delete error.stack;
  return Object.assign(error, data === undefined ? {} : { data });
}
