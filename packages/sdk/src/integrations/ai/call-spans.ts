import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { ownModelCall } from "../model-call/owner.ts";
import type { AiEndEvent, AiModelEndEvent, AiModelStartEvent, AiStartEvent, AiToolEvent } from "./events.ts";

/** Operations in which a model is asked, perhaps in several steps with tools between them. */
const AGENT_OPERATIONS = new Set(["generateText", "streamText", "generateObject", "streamObject"]);

/** The spans of one `generateText`, `streamText`, `embed` …: its root, its model calls and its tools. */
export class CallSpans {
  readonly root: Span;
  readonly #tracer: Tracer;
  readonly #tools = new Map<string, Span>();
  /** Model calls of one operation come one after the other; embeddings may be many at the same time. */
  #model: Span | undefined;
  #attempts = 0;
  readonly #embeddings = new Map<string, Span>();

  constructor(tracer: Tracer, event: AiStartEvent) {
    this.#tracer = tracer;
    const operation = event.operationId?.replace(/^ai\./, "") ?? "generateText";
    this.root = tracer.startSpan(event.functionId ?? operation, {
      type: AGENT_OPERATIONS.has(operation) ? "AGENT_WORKFLOW" : "STANDALONE",
      ...(event.recordInputs !== false && { input: inputOf(event) }),
      data: withoutUndefined({ operation: event.operationId, provider: event.provider, model: event.modelId }),
    });
  }

  startModel(event: AiModelStartEvent): void {
    // Of a stream each attempt is a start: one that begins where the last has not ended is the same call once more.
    if (this.#model !== undefined) return;
    this.#attempts = 0;
    this.#model = this.#startModelSpan(event);
    ownModelCall(this.#model);
  }

  endModel(event: AiModelEndEvent): void {
    const span = this.#model;
    this.#model = undefined;
    if (span === undefined) return;
    if (this.#attempts > 1) span.setData({ attempts: this.#attempts });
    endModelSpan(span, event, replyOf(event));
  }

  startEmbedding(event: AiModelStartEvent): void {
    this.#embeddings.set(event.embedCallId ?? "", this.#startModelSpan(event));
  }

  endEmbedding(event: AiModelEndEvent): void {
    const key = event.embedCallId ?? "";
    const span = this.#embeddings.get(key);
    this.#embeddings.delete(key);
    if (span !== undefined) endModelSpan(span, event, event.ranking ?? shapeOf(event.embeddings));
  }

  startTool({ toolCall, recordInputs }: AiToolEvent): void {
    const span = this.#under(toolCall.toolName, "CODE_EXECUTION", {
      ...(recordInputs !== false && { input: toolCall.input }),
      data: { toolCallId: toolCall.toolCallId },
    });
    this.#tools.set(toolCall.toolCallId, span);
  }

  endTool({ toolCall, toolOutput, recordOutputs }: AiToolEvent): void {
    const span = this.#tools.get(toolCall.toolCallId);
    if (span === undefined) return;
    this.#tools.delete(toolCall.toolCallId);
    if (toolOutput?.type === "tool-error") span.recordError(toolOutput.error);
    else if (recordOutputs !== false) span.output = toolOutput?.output;
    span.end();
  }

  /** Runs a model's request under its span, so that what it calls (an observed client, HTTP) belongs to it. */
  underModel<T>(execute: () => T): T {
    this.#attempts += 1;
    return this.#tracer.withSpan(this.#model ?? this.root, execute);
  }

  underTool<T>(toolCallId: string, execute: () => T): T {
    return this.#tracer.withSpan(this.#tools.get(toolCallId) ?? this.root, execute);
  }

  /** The error belongs to what is open inside, and to the operation, which fails with it. */
  fail(error: unknown): void {
    for (const span of this.#inner()) {
      span.recordError(error);
      span.end();
    }
    this.#forgetInner();
  }

  end(event: AiEndEvent): void {
    // Of an embedding each attempt is a start with an id of its own: one without an end failed, and was made again.
    for (const span of this.#embeddings.values()) span.status = "ERROR";
    for (const span of this.#inner()) span.end();
    this.#forgetInner();
    if (event.recordOutputs !== false) {
      this.root.output = event.object ?? (event.text === "" ? event.toolCalls : event.text);
    }
    this.root.setData(withoutUndefined({ finishReason: event.finishReason }));
    if (event.finishReason === "error") this.root.status = "ERROR";
    this.root.end();
  }

  endWith(status: "CANCELED" | "ERROR", error?: unknown): void {
    for (const span of [...this.#inner(), this.root]) {
      if (error !== undefined) span.recordError(error);
      span.status = status;
      span.end();
    }
    this.#forgetInner();
  }

  #startModelSpan(event: AiModelStartEvent): Span {
    return this.#under(event.modelId ?? "model", "COMPLETION", {
      ...(event.recordInputs !== false && { input: inputOf(event) }),
      data: withoutUndefined({ model: event.modelId, provider: event.provider }),
    });
  }

  #under(
    name: string,
    type: "COMPLETION" | "CODE_EXECUTION",
    options: { input?: unknown; data: Record<string, unknown> },
  ): Span {
    return this.#tracer.withSpan(this.root, () => this.#tracer.startSpan(name, { type, ...options }));
  }

  #inner(): Span[] {
    return [...(this.#model === undefined ? [] : [this.#model]), ...this.#embeddings.values(), ...this.#tools.values()];
  }

  #forgetInner(): void {
    this.#model = undefined;
    this.#embeddings.clear();
    this.#tools.clear();
  }
}

function endModelSpan(span: Span, event: AiModelEndEvent, output: unknown): void {
  if (event.recordOutputs !== false) span.output = output;
  span.setData(
    withoutUndefined({
      model: event.response?.modelId ?? event.modelId,
      usage: event.usage,
      finishReason: event.finishReason,
      responseId: event.responseId ?? event.response?.id,
      timeToFirstTokenMs: event.performance?.timeToFirstOutputMs,
      providerMetadata: event.providerMetadata,
    }),
  );
  if (event.finishReason === "error") span.status = "ERROR";
  span.end();
}

function replyOf(event: AiModelEndEvent): unknown {
  return event.content === undefined ? event.objectText : { role: "assistant", content: event.content };
}

function inputOf(event: AiModelStartEvent): unknown {
  const messages = event.messages ?? event.promptMessages;
  if (messages !== undefined) return withoutUndefined({ system: event.instructions, messages, tools: event.tools });
  if (event.query !== undefined) return withoutUndefined({ query: event.query, documents: event.documents });
  return event.values ?? event.value ?? event.text;
}

/** Vectors tell a person nothing: how many there are and of what size does. */
function shapeOf(embeddings: unknown): unknown {
  if (!Array.isArray(embeddings)) return undefined;
  return { embeddings: embeddings.length, dimensions: Array.isArray(embeddings[0]) ? embeddings[0].length : undefined };
}

function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, property]) => property !== undefined));
}
