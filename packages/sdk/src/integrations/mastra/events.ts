/** What Mastra (packages `@mastra/core` and `@mastra/observability`, 1.x) tells of its spans, typed by its shape: nothing is imported. */
export interface MastraTracingEvent {
  /** A start, an update or an end; of an event (a span without a length) the end alone. */
  readonly type: string;
  readonly exportedSpan: MastraSpan;
}

export interface MastraSpan {
  readonly id: string;
  readonly traceId: string;
  readonly parentSpanId?: string | undefined;
  readonly name: string;
  /** agent_run, model_generation, model_step, model_inference, model_chunk, tool_call, workflow_run, workflow_step … */
  readonly type: string;
  readonly entityName?: string | undefined;
  readonly startTime?: Date | undefined;
  readonly endTime?: Date | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: each type of span has attributes of its own
  readonly attributes?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the application's own
  readonly metadata?: Record<string, any> | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly errorInfo?: MastraError | undefined;
  readonly isEvent?: boolean | undefined;
}

export interface MastraError {
  readonly message: string;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly stack?: string | undefined;
}

/** What a configuration of Mastra's `Observability` takes as its `bridge`, or among its `exporters`. */
export interface EverspanMastra {
  readonly name: string;
  /** Synchronous: it is told of a start where the work starts, and nothing waits for it. */
  onTracingEvent(event: MastraTracingEvent): void;
  exportTracingEvent(event: MastraTracingEvent): Promise<void>;
  /** Mastra's own ids stay. */
  createSpan(options: unknown): undefined;
  /** Runs what a span of Mastra's stands for under the span that stands for it here. */
  executeInContext<T>(spanId: string, fn: () => Promise<T>): Promise<T>;
  executeInContextSync<T>(spanId: string, fn: () => T): T;
  releaseSpan(spanId: string): void;
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}
