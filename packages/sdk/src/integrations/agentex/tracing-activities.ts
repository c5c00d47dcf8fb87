import type { Tracer } from "../../recording/tracer.ts";
import { adkTracer } from "./tracing-processors.ts";

/** The span as it travels between a Temporal workflow and its activities, in the keys of Agentex's Python. */
export interface WireSpan {
  readonly id: string;
  readonly trace_id: string;
  readonly name: string;
  readonly start_time: string;
  readonly end_time?: string | null;
  readonly parent_id?: string | null;
  readonly task_id?: string | null;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly data?: Record<string, unknown> | null;
}

export interface StartSpanParams {
  readonly trace_id: string;
  readonly name: string;
  readonly parent_id?: string | null;
  readonly task_id?: string | null;
  readonly input?: unknown;
  readonly data?: Record<string, unknown> | null;
}

export interface EndSpanParams {
  readonly trace_id: string;
  readonly span: WireSpan;
}

/**
 * The activities `start-span` and `end-span` by which an Agentex workflow traces (a workflow may not send anything
 * itself). Register them with the worker beside your own. The two may run in different processes, so the span is recorded
 * whole when it ends: a start is only an id and an instant. Neither fails: a workflow goes on without its trace.
 */
export function tracingActivities(options: { readonly tracer?: Tracer } = {}): {
  readonly "start-span": (params: StartSpanParams) => Promise<WireSpan | null>;
  readonly "end-span": (params: EndSpanParams) => Promise<WireSpan>;
} {
  const tracer = () => options.tracer ?? adkTracer();
  return {
    "start-span": async (params) => {
      if (!params.trace_id) return null;
      return { ...params, id: crypto.randomUUID(), start_time: new Date().toISOString() };
    },
    "end-span": async ({ trace_id, span }) => {
      const ended: WireSpan = { ...span, end_time: span.end_time ?? new Date().toISOString() };
      const recorded = tracer()
        .trace(trace_id)
        .startSpan(span.name, {
          id: span.id,
          parentId: span.parent_id ?? null,
          startTime: span.start_time,
          input: span.input ?? undefined,
          output: span.output ?? undefined,
          ...(span.data != null && { data: span.data }),
          ...(span.task_id != null && { taskId: span.task_id }),
        });
      recorded.end(ended.end_time!);
      return ended;
    },
  };
}
