/** What LangChain (package `@langchain/core`) tells a callback handler, typed by its shape: it is not imported. */
export interface Serialized {
  readonly id?: readonly string[];
  readonly name?: string;
}

export interface ModelExtra {
  readonly invocation_params?: { readonly model?: unknown; readonly model_name?: unknown; readonly tools?: unknown };
  readonly options?: { readonly signal?: AbortSignal };
}

export interface ModelResult {
  readonly generations?: readonly (readonly Generation[])[];
  readonly llmOutput?: { readonly tokenUsage?: unknown; readonly estimatedTokenUsage?: unknown };
}

export interface Generation {
  readonly text?: string;
  readonly message?: {
    readonly id?: unknown;
    readonly usage_metadata?: unknown;
    readonly response_metadata?: {
      readonly model_name?: unknown;
      readonly finish_reason?: unknown;
      readonly id?: unknown;
    };
  };
}

export type Metadata = Readonly<Record<string, unknown>>;

/** The handler: pass it in `callbacks`, or register it for all runs. */
export interface LangChainHandler {
  readonly name: string;
  /** Handlers run in the caller's turn and context: nothing is queued, so nothing is lost when the process ends. */
  readonly awaitHandlers: true;
  /** By this LangChain knows a handler. It has no state of a run, so it is its own copy. */
  copy(): LangChainHandler;
  /** Asked before a model's request that is not streamed. */
  readonly lc_prefer_streaming: false;
  handleChainStart(chain: Serialized, inputs: unknown, runId: string, ...rest: unknown[]): void;
  handleChainEnd(outputs: unknown, runId: string): void;
  handleChainError(error: unknown, runId: string): void;
  handleChatModelStart(
    model: Serialized,
    messages: readonly (readonly unknown[])[],
    runId: string,
    parentRunId?: string,
    extra?: ModelExtra,
    tags?: readonly string[],
    metadata?: Metadata,
    runName?: string,
  ): void;
  handleLLMStart(
    model: Serialized,
    prompts: readonly string[],
    runId: string,
    parentRunId?: string,
    extra?: ModelExtra,
    tags?: readonly string[],
    metadata?: Metadata,
    runName?: string,
  ): void;
  handleLLMNewToken(token: string, index: unknown, runId: string): void;
  handleLLMEnd(
    result: ModelResult,
    runId: string,
    parentRunId?: string,
    tags?: readonly string[],
    extra?: { readonly cached?: boolean },
  ): void;
  handleLLMError(error: unknown, runId: string): void;
  handleToolStart(
    tool: Serialized,
    input: string,
    runId: string,
    parentRunId?: string,
    tags?: readonly string[],
    metadata?: Metadata,
    runName?: string,
    toolCallId?: string,
  ): void;
  handleToolEnd(output: unknown, runId: string): void;
  handleToolError(error: unknown, runId: string): void;
  handleRetrieverStart(
    retriever: Serialized,
    query: string,
    runId: string,
    parentRunId?: string,
    tags?: readonly string[],
    metadata?: Metadata,
    runName?: string,
  ): void;
  handleRetrieverEnd(documents: unknown, runId: string): void;
  handleRetrieverError(error: unknown, runId: string): void;
}
