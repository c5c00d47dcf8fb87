/** What `@openai/agents` tells a tracing processor, typed by its shape: the package is not imported. */
export interface AgentsTrace {
  readonly traceId: string;
  readonly name?: string;
  /** The conversation that this run is a part of. */
  readonly groupId?: string | null;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface AgentsSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string | null;
  readonly spanData: AgentsSpanData;
  readonly error?: { readonly message?: string; readonly data?: unknown } | null;
}

export interface AgentsSpanData {
  /** agent, response, generation, function, handoff, guardrail, turn, task, custom, mcp_tools, transcription … */
  readonly type: string;
  readonly name?: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly model?: string;
  readonly model_config?: unknown;
  readonly usage?: unknown;
  readonly response_id?: string;
  readonly triggered?: boolean;
  readonly from_agent?: string;
  readonly to_agent?: string;
  readonly tools?: unknown;
  readonly handoffs?: unknown;
  readonly output_type?: unknown;
  readonly data?: unknown;
  readonly server?: unknown;
  readonly result?: unknown;
  /** The request and the reply of a `response`; they are left out when a span is exported to OpenAI. */
  readonly _input?: unknown;
  readonly _response?: {
    readonly id?: string;
    readonly model?: string;
    readonly usage?: unknown;
    readonly output?: unknown;
  };
}

/** What `setTraceProcessors` takes. */
export interface AgentsTracingProcessor {
  onTraceStart(trace: AgentsTrace): Promise<void>;
  onTraceEnd(trace: AgentsTrace): Promise<void>;
  onSpanStart(span: AgentsSpan): Promise<void>;
  onSpanEnd(span: AgentsSpan): Promise<void>;
  shutdown(timeout?: number): Promise<void>;
  forceFlush(): Promise<void>;
}
