import type { SpanType } from "@everspan/protocol";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { ownModelCall } from "../model-call/owner.ts";
import { Conversation } from "./conversation.ts";
import type { MastraError, MastraSpan, MastraTracingEvent } from "./events.ts";

/** Most spans that are followed at the same time; one whose end never comes makes place for what is new. */
const MAX_OPEN_SPANS = 10_000;

interface Open {
  readonly span: Span;
  readonly type: string;
  readonly parent: Open | undefined;
  readonly children: Map<string, Open>;
  /** Of a `model_generation`. */
  readonly conversation: Conversation | undefined;
  /** It asks a model itself. Of a span around such a one the counts would be the same once more. */
  hasModelCall: boolean;
  endedAt?: Date | undefined;
}

const TYPES: Readonly<Record<string, SpanType>> = {
  agent_run: "AGENT_WORKFLOW",
  workflow_run: "AGENT_WORKFLOW",
  model_inference: "COMPLETION",
  tool_call: "CODE_EXECUTION",
  mcp_tool_call: "CODE_EXECUTION",
  client_tool_call: "CODE_EXECUTION",
  provider_tool_call: "CODE_EXECUTION",
  rag_vector_operation: "KB_RETRIEVAL",
};

/** Mastra's spans by their ids, and the spans that stand for them while they are open. */
export class MastraSpans {
  readonly #tracer: () => Tracer;
  readonly #open = new Map<string, Open>();

  constructor(tracer: () => Tracer) {
    this.#tracer = tracer;
  }

  take({ type, exportedSpan }: MastraTracingEvent): void {
    // The pieces of a reply: the whole stands on the call.
    if (exportedSpan.type === "model_chunk") return;
    if (type === "span_started") this.#start(exportedSpan);
    else if (type === "span_updated") this.#update(exportedSpan);
    else this.#ended(exportedSpan);
  }

  /** What runs in a model's step runs in its call, where one is open. */
  run<T>(id: string, fn: () => T): T {
    const open = this.#open.get(id);
    if (open === undefined) return fn();
    const call =
      open.type === "model_step" && [...open.children.values()].find(({ type }) => type === "model_inference");
    return this.#tracer().withSpan((call || open).span, fn);
  }

  /** It ended, and nobody is to be told how. */
  release(id: string): void {
    const open = this.#open.get(id);
    if (open !== undefined) this.#close(id, open);
  }

  #start(told: MastraSpan): Open {
    const tracer = this.#tracer();
    const parent = told.parentSpanId === undefined ? undefined : this.#open.get(told.parentSpanId);
    const { attributes = {} } = told;
    const conversation = conversationAround(parent);
    const input = told.type === "model_inference" ? conversation?.asked() : told.input;
    const begin = (): Span =>
      tracer.startSpan(nameOf(told), {
        type: TYPES[told.type] ?? "STANDALONE",
        ...(input !== undefined && { input }),
        data: dataOf(told),
      });
    const span = parent === undefined ? begin() : tracer.withSpan(parent.span, begin);
    const own = told.type === "model_generation" ? new Conversation(told.input, attributes.tools) : undefined;
    const open: Open = { span, type: told.type, parent, children: new Map(), conversation: own, hasModelCall: false };
    if (told.type === "model_inference") {
      ownModelCall(span);
      for (let around = parent; around !== undefined; around = around.parent) around.hasModelCall = true;
    }
    parent?.children.set(told.id, open);
    this.#open.set(told.id, open);
    if (this.#open.size > MAX_OPEN_SPANS) this.#makePlace();
    return open;
  }

  #update(told: MastraSpan): void {
    const open = this.#open.get(told.id);
    if (open === undefined) return;
    if (told.input !== undefined && open.type !== "model_inference") open.span.input = told.input;
    open.span.setData(dataOf(told));
  }

  #ended(told: MastraSpan): void {
    // Of an event there is only this.
    const open = told.isEvent === true ? this.#start(told) : this.#open.get(told.id);
    if (open === undefined) return;
    this.#describe(open, told);
    if (open.type === "model_inference" && open.parent?.type === "model_step") {
      // The step's end, in the same moment, says which response this was.
      open.endedAt = told.endTime;
      conversationAround(open.parent)?.replied(told.output);
      return;
    }
    if (open.type.endsWith("tool_call")) conversationAround(open.parent)?.toolReplied(told);
    if (open.type === "model_step") {
      const responseId = told.metadata?.body?.id;
      for (const { span } of open.children.values()) if (typeof responseId === "string") span.setData({ responseId });
    }
    this.#close(told.id, open);
  }

  #describe(open: Open, told: MastraSpan): void {
    const { span } = open;
    const { attributes = {} } = told;
    if (told.input !== undefined && open.type !== "model_inference") span.input = told.input;
    if (told.output !== undefined) span.output = told.output;
    const usage = usageOf(attributes.usage);
    span.setData({ ...dataOf(told), ...(usage !== undefined && { [open.hasModelCall ? "totals" : "usage"]: usage }) });
    if (told.errorInfo !== undefined) span.recordError(errorOf(told.errorInfo));
    else if (attributes.finishReason === "error" || attributes.success === false) span.status = "ERROR";
    else if (isAborted(told)) span.status = "CANCELED";
    else if (attributes.status === "suspended") span.setData({ state: "interrupted" });
  }

  /** What is open beneath a run that has ended was aborted: nobody tells of its end, or too late. */
  #close(id: string, open: Open): void {
    const isRun = open.parent === undefined || open.type.endsWith("_run");
    for (const [childId, child] of open.children) {
      const hasEnded = child.endedAt !== undefined;
      if (isRun && !hasEnded && child.span.status === "OK") child.span.status = "CANCELED";
      if (isRun || hasEnded) this.#close(childId, child);
      // Told of its end before what is in it.
      else open.parent!.children.set(childId, child);
    }
    open.parent?.children.delete(id);
    this.#open.delete(id);
    open.span.end(open.endedAt);
  }

  #makePlace(): void {
    const [id, oldest] = this.#open.entries().next().value!;
    oldest.span.setData({ incomplete: true });
    this.#close(id, oldest);
  }
}

/** The conversation of the generation that this is a part of. */
function conversationAround(open: Open | undefined): Conversation | undefined {
  for (let around = open; around !== undefined; around = around.parent) {
    if (around.conversation !== undefined) return around.conversation;
  }
  return undefined;
}

/** A run and its generation say so; a step and its call end without a reason. */
function isAborted({ type, attributes, output }: MastraSpan): boolean {
  if (type === "agent_run") return (output as { status?: unknown } | undefined)?.status === "aborted";
  return type.startsWith("model_") && (attributes?.finishReason ?? "aborted") === "aborted";
}

function nameOf({ type, name, entityName, attributes }: MastraSpan): string {
  if (type === "model_inference") return attributes?.model ?? name;
  return (type === "agent_run" || type.endsWith("tool_call") ? entityName : undefined) ?? name;
}

function dataOf({ type, attributes, metadata, tags }: MastraSpan): Record<string, unknown> {
  const { usage: _, tools: __, responseModel, ...said } = attributes ?? {};
  const { sessionId, threadId, userId, resourceId, headers: ___, body: ____, ...more } = metadata ?? {};
  const data = {
    ...said,
    ...(responseModel !== undefined && { model: responseModel }),
    kind: type,
    sessionId: sessionId ?? threadId,
    userId: userId ?? resourceId,
    ...(tags !== undefined && tags.length > 0 && { tags }),
    metadata: more,
  };
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}

/** The counts under the names by which the AI SDK, which Mastra calls its models with, has them. */
// biome-ignore lint/suspicious/noExplicitAny: as the attributes are
function usageOf(usage: any): unknown {
  if (typeof usage !== "object" || usage === null) return undefined;
  const { inputTokens, outputTokens, inputDetails = {}, outputDetails = {} } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    inputTokens,
    outputTokens,
    inputTokenDetails: { cacheReadTokens: inputDetails.cacheRead, cacheWriteTokens: inputDetails.cacheWrite },
    outputTokenDetails: { reasoningTokens: outputDetails.reasoning },
  };
}

function errorOf({ message, name, id, stack }: MastraError): Error {
  return Object.assign(new Error(message), { name: name ?? id ?? "Error", stack });
}
