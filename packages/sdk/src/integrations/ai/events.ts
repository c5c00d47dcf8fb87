/**
 * What the AI SDK (package `ai`, version 7) tells a telemetry integration, typed by its shape: the package is not imported.
 * Only fields that are read stand here.
 */
export interface AiEvent {
  /** One for each `generateText`, `streamText`, `embed` …: what happens inside carries the same. */
  readonly callId: string;
  readonly recordInputs?: boolean;
  readonly recordOutputs?: boolean;
}

export interface AiStartEvent extends AiEvent {
  /** e.g. `ai.generateText` */
  readonly operationId?: string;
  readonly functionId?: string;
  readonly provider?: string;
  readonly modelId?: string;
  readonly instructions?: unknown;
  readonly messages?: unknown;
  /** What is embedded, ranked, spoken. */
  readonly value?: unknown;
  readonly values?: unknown;
  readonly query?: unknown;
  readonly documents?: unknown;
  readonly text?: unknown;
}

export interface AiModelStartEvent extends AiStartEvent {
  readonly tools?: unknown;
  readonly promptMessages?: unknown;
  readonly embedCallId?: string;
}

export interface AiModelEndEvent extends AiModelStartEvent {
  readonly finishReason?: unknown;
  readonly usage?: unknown;
  readonly content?: unknown;
  readonly objectText?: unknown;
  readonly responseId?: unknown;
  readonly response?: { readonly id?: unknown; readonly modelId?: unknown };
  readonly providerMetadata?: unknown;
  readonly performance?: { readonly timeToFirstOutputMs?: unknown };
  readonly embeddings?: unknown;
  readonly ranking?: unknown;
}

export interface AiToolCall {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input?: unknown;
}

export interface AiToolEvent extends AiEvent {
  readonly toolCall: AiToolCall;
  readonly toolOutput?: { readonly type?: string; readonly output?: unknown; readonly error?: unknown };
}

export interface AiEndEvent extends AiEvent {
  readonly text?: unknown;
  readonly object?: unknown;
  readonly toolCalls?: unknown;
  readonly finishReason?: unknown;
  readonly error?: unknown;
}

export interface AiErrorEvent extends AiEvent {
  readonly error?: unknown;
}

export interface AiAbortEvent extends AiEvent {
  readonly reason?: unknown;
}

/** The integration that `registerTelemetry` and `telemetry.integrations` take. */
export interface AiTelemetry {
  onStart(event: AiStartEvent): void;
  onLanguageModelCallStart(event: AiModelStartEvent): void;
  onLanguageModelCallEnd(event: AiModelEndEvent): void;
  onObjectStepStart(event: AiModelStartEvent): void;
  onObjectStepEnd(event: AiModelEndEvent): void;
  onEmbedStart(event: AiModelStartEvent): void;
  onEmbedEnd(event: AiModelEndEvent): void;
  onRerankStart(event: AiModelStartEvent): void;
  onRerankEnd(event: AiModelEndEvent): void;
  onToolExecutionStart(event: AiToolEvent): void;
  onToolExecutionEnd(event: AiToolEvent): void;
  onStepError(event: AiErrorEvent): void;
  onEnd(event: AiEndEvent): void;
  onAbort(event: AiAbortEvent): void;
  onError(event: unknown): void;
  executeLanguageModelCall<T>(options: {
    readonly callId: string;
    readonly execute: () => PromiseLike<T>;
  }): PromiseLike<T>;
  executeTool<T>(options: {
    readonly callId: string;
    readonly toolCallId: string;
    readonly execute: () => PromiseLike<T>;
  }): PromiseLike<T>;
}
