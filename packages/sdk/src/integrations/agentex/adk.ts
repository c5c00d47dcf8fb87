import type { Span } from "../../recording/span/span.ts";
import type { SpanOptions } from "../../recording/span/span-options.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { adkTracer } from "./tracing-processors.ts";
import { TurnSpan } from "./turn-span.ts";

/** A trace's id in Agentex: the id of the task. Without one nothing is recorded, and every call still works. */
export type TraceId = string | null | undefined;

export type AdkSpanOptions = Pick<SpanOptions, "input" | "data" | "parentId" | "taskId" | "type">;

/**
 * Tracing in the words of Agentex's Python ADK, for teams that come from there. Spans start and end synchronously (there
 * is nothing to await, and no timeout to choose), nest by themselves, and record what `fn` throws.
 */
export class AdkTracing {
  readonly #tracer: () => Tracer;
  readonly #warn: (message: string) => void;

  constructor(tracer: () => Tracer, warn: (message: string) => void) {
    this.#tracer = tracer;
    this.#warn = warn;
  }

  /** Runs `fn` in a span that ends when it settles. Its output is what is assigned to `span.output`, else the result. */
  span<T>(traceId: TraceId, name: string, options: AdkSpanOptions, fn: (span: Span) => T): T {
    return this.#tracer().trace(traceId).span(name, options, fn);
  }

  /** As `span`, for one turn of an agent: `turn.recordUsage(usage)` records what is billed. Type `AGENT_WORKFLOW`. */
  turnSpan<T>(traceId: TraceId, name: string, options: AdkSpanOptions, fn: (turn: TurnSpan) => T): T {
    return this.span(traceId, name, { type: "AGENT_WORKFLOW", ...options }, (span) =>
      fn(new TurnSpan(span, this.#warn)),
    );
  }

  /** Starts a span that `endSpan` ends. */
  startSpan(traceId: TraceId, name: string, options: AdkSpanOptions = {}): Span {
    return this.#tracer().trace(traceId).startSpan(name, options);
  }

  /** Ends it; what was assigned to `span.output` and `span.data` goes with it. A second end changes nothing. */
  endSpan(span: Span): Span {
    span.end();
    return span;
  }
}

export interface Adk {
  readonly tracing: AdkTracing;
}

/** Of a tracer of one's own; warnings go to `logger`, default `console`. */
export function createAdk(options: { readonly tracer?: Tracer; readonly logger?: Pick<Console, "warn"> } = {}): Adk {
  const { tracer, logger = console } = options;
  let warned = false;
  const warn = (message: string): void => {
    if (warned) return;
    warned = true;
    logger.warn(`everspan: ${message}`);
  };
  return { tracing: new AdkTracing(tracer === undefined ? adkTracer : () => tracer, warn) };
}

/** Records with what `addTracingProcessorConfig` added, or with the default tracer. */
export const adk: Adk = createAdk();
