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
import { memberOf } from "../../recording/following/members.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { AgentsSpan, AgentsTrace, AgentsTracingProcessor } from "./events.ts";
import { begin, closed, opened, type Run, runningTrace } from "./run-context.ts";
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
        const run = runs.get(span.traceId) ?? resumeRun(runs, tracer(), span);
        begin(run, span);
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

/** A run that goes on from its state is in the trace that it began in, which is not begun once more. */
function resumeRun(runs: Map<string, Run>, tracer: Tracer, span: AgentsSpan): Run {
  const { traceId, spanData } = span;
  const trace = runningTrace(traceId) ?? { traceId, ...(spanData.name !== undefined && { name: spanData.name }) };
  return startRun(runs, tracer, trace, true);
}

function startRun(runs: Map<string, Run>, tracer: Tracer, trace: AgentsTrace, isResumed = false): Run {
  const root = tracer.startSpan(trace.name ?? "agent workflow", {
    type: "AGENT_WORKFLOW",
    data: {
      openaiTraceId: trace.traceId,
      ...(trace.groupId != null && { sessionId: trace.groupId }),
      ...(trace.metadata !== undefined && { metadata: trace.metadata }),
      ...(isResumed && { resumed: true }),
    },
  });
  const run: Run = { tracer, root, isResumed, spans: new Map(), begun: new Set(), left: undefined };
  runs.set(trace.traceId, run);
  opened(trace.traceId, run);
  if (runs.size > MAX_OPEN_RUNS) endRun(runs, runs.keys().next().value as string);
  return run;
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
  else if (hasBeenLeft(run, span)) started.status = "CANCELED";
  run.left = started.status === "CANCELED" ? (span.parentId ?? run.root.id) : undefined;
  started.end();
  // A run that fails ends without a word about its trace. What may still come in it finds its parent all the same.
  if (span.error != null && run.spans.size === 0 && run.root.isRecording) {
    run.root.recordError(errorOf(span.error));
    run.root.end();
  }
  // Nor is the end of its trace told once more.
  if (run.isResumed && run.spans.size === 0) endRun(runs, span.traceId);
}

/** What is aborted as it streams ends with neither a reply nor an error, and so does what is around it. */
function hasBeenLeft(run: Run, { spanId, spanData }: AgentsSpan): boolean {
  switch (spanData.type) {
    case "response":
      return spanData._response === undefined;
    case "generation":
      return spanData.output === undefined;
    case "turn":
    case "agent":
    case "task":
      return run.left === spanId;
    default:
      return false;
  }
}

function endRun(runs: Map<string, Run>, traceId: string): void {
  const run = runs.get(traceId);
  runs.delete(traceId);
  if (run === undefined) return;
  closed(traceId, run);
  for (const span of run.spans.values()) span.end();
  if (run.left === run.root.id && run.root.status === "OK") run.root.status = "CANCELED";
  run.root.end();
}

/** The words of a signal's own error and of the client's. */
const ABORTED = /^(?:AbortError\b|(?:\w*Error: )?(?:Request was aborted|(?:The|This) operation was aborted))/;

function errorOf({ message, data }: NonNullable<AgentsSpan["error"]>): Error {
  const error = new Error(message ?? "the run failed");
  delete error.stack;
  const said = memberOf(data, "error") ?? message;
  // By this name an error is known as none.
  if (typeof said === "string" && ABORTED.test(said)) error.name = "AbortError";
  return Object.assign(error, data === undefined ? {} : { data });
}
