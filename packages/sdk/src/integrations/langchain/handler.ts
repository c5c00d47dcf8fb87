import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { parsedIfJson } from "../callbacks/json-text.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { LangChainHandler, ModelExtra, ModelResult, Serialized } from "./events.ts";
import { findRunsIn } from "./run-context.ts";
import { Runs } from "./runs.ts";

export interface EverspanLangChainOptions {
  /** Default: the process's default tracer. */
  readonly tracer?: Tracer | undefined;
  /** Also shows the runs by which LangChain puts a chain together (`RunnableSequence` …). Default false. */
  readonly plumbing?: boolean | undefined;
}

/** By this name a run is known to have one of ours. */
export const HANDLER_NAME = "everspan";

/** Runs that only join others. */
const PLUMBING =
  /^(?:Runnable(?:Sequence|Lambda|Map|Parallel|Passthrough|Assign|Pick|Branch|Binding|Callable)|ChannelWrite.*|Branch<.*|__start__|_write)$/;
/** How LangGraph leaves a graph for a person's answer or another graph: no failure. */
const INTERRUPTS: ReadonlySet<string> = new Set(["GraphInterrupt", "NodeInterrupt", "ParentCommand", "GraphBubbleUp"]);
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * A callback handler: chains and graph nodes, model calls, tools and retrievers as spans, under the span that was active
 * where the run was started. It never throws into a run.
 */
export function everspanHandler(options: EverspanLangChainOptions = {}): LangChainHandler {
  return handlersOf(options)();
}

/**
 * Handlers of which each run that begins gets one of its own, and all that it starts the same. A run's managers hold its
 * handlers, and nobody else can tell of its end: when a handler is collected, what it began ends no more.
 */
export function handlersOf(options: EverspanLangChainOptions): () => LangChainHandler {
  const tracer = () => options.tracer ?? defaultTracer();
  const all = new Runs(tracer);
  return () => {
    const runs = all.sibling();
    const handler = handlerOf(runs, tracer, options);
    handlers.register(handler, runs);
    return handler;
  };
}

const handlers = new FinalizationRegistry<Runs>((runs) => quietly(() => runs.abandon()));

function handlerOf(runs: Runs, tracer: () => Tracer, options: EverspanLangChainOptions): LangChainHandler {
  const handler: LangChainHandler = {
    name: HANDLER_NAME,
    awaitHandlers: true,
    copy: () => handler,
    get lc_prefer_streaming() {
      quietly(() => runs.requestFollows());
      return false as const;
    },
    ...chainCallbacks(runs, options.plumbing === true),
    ...modelCallbacks(runs),
    ...toolCallbacks(runs),
    ...retrieverCallbacks(runs),
  };
  findRunsIn(handler, runs, tracer);
  return handler;
}

type Callbacks<Prefix extends string> = Pick<
  LangChainHandler,
  Extract<keyof LangChainHandler, `handle${Prefix}${string}`>
>;

function chainCallbacks(runs: Runs, showsPlumbing: boolean): Callbacks<"Chain"> {
  return {
    handleChainStart: (chain, inputs, runId, ...rest) =>
      quietly(() => {
        const { parentRunId, runName, tags, metadata } = chainArguments(rest);
        const name = runName ?? nameOf(chain, "chain");
        const isPlumbing = PLUMBING.test(name) || tags.includes("langsmith:hidden");
        if (isPlumbing && !showsPlumbing && parentRunId !== undefined && runs.has(parentRunId)) {
          runs.hide(runId, parentRunId);
        } else {
          const isRoot = parentRunId === undefined || !runs.has(parentRunId);
          const type = isRoot ? "AGENT_WORKFLOW" : "STANDALONE";
          runs.start(runId, parentRunId, name, { type, input: inputs, data: { ...metadata } });
        }
      }),
    handleChainEnd: (outputs, runId) => quietly(() => runs.end(runId, (span) => (span.output = outputs))),
    handleChainError: (error, runId) => quietly(() => runs.end(runId, (span) => chainFailed(span, error))),
  };
}

function modelCallbacks(runs: Runs): Callbacks<"ChatModel"> & Callbacks<"LLM"> {
  const start = (
    model: Serialized,
    { input, prompt }: { readonly input: unknown; readonly prompt: unknown },
    runId: string,
    parentRunId: string | undefined,
    extra: ModelExtra | undefined,
    metadata: Readonly<Record<string, unknown>> | undefined,
  ): void => {
    const asked = extra?.invocation_params?.model ?? extra?.invocation_params?.model_name ?? metadata?.ls_model_name;
    const modelName = typeof asked === "string" ? asked : undefined;
    const name = modelName ?? nameOf(model, "model");
    const data = { ...metadata, ...(modelName !== undefined && { model: modelName }) };
    runs.startModel(runId, parentRunId, name, { type: "COMPLETION", input, data }, { model: modelName, prompt });
    runs.cancelWith(runId, extra?.options?.signal);
  };
  return {
    handleChatModelStart: (model, messages, runId, parentRunId, extra, _tags, metadata) =>
      quietly(() => {
        const tools = extra?.invocation_params?.tools;
        const input = {
          messages: messages.length === 1 ? messages[0] : messages,
          ...(tools !== undefined && { tools }),
        };
        start(model, { input, prompt: messages[0] }, runId, parentRunId, extra, metadata);
      }),
    handleLLMStart: (model, prompts, runId, parentRunId, extra, _tags, metadata) =>
      quietly(() => {
        const [prompt] = prompts;
        const input = { prompt: prompts.length === 1 ? prompt : prompts };
        start(model, { input, prompt }, runId, parentRunId, extra, metadata);
      }),
    handleLLMNewToken: (_token, _index, runId) =>
      quietly(() => {
        const span = runs.spanOf(runId);
        if (span === undefined || firstTokens.has(span)) return;
        firstTokens.add(span);
        span.setData({ timeToFirstTokenMs: runs.elapsedMs(runId) });
      }),
    handleLLMEnd: (result, runId, _parentRunId, _tags, extra) =>
      quietly(() =>
        runs.end(runId, (span) => {
          modelAnswered(span, result);
          // LangChain gives a cached answer counts of zero.
          if (extra?.cached === true) span.setData({ cached: true });
        }),
      ),
    handleLLMError: (error, runId) => quietly(() => runs.end(runId, (span) => span.recordError(error))),
  };
}

/** Spans whose first token was seen. */
const firstTokens = new WeakSet<object>();

function toolCallbacks(runs: Runs): Callbacks<"Tool"> {
  return {
    handleToolStart: (tool, input, runId, parentRunId, _tags, metadata, runName, toolCallId) =>
      quietly(() => {
        const data = { ...metadata, ...(typeof toolCallId === "string" && { toolCallId }) };
        const name = runName ?? nameOf(tool, "tool");
        runs.start(runId, parentRunId, name, { type: "CODE_EXECUTION", input: parsedIfJson(input), data });
      }),
    handleToolEnd: (output, runId) =>
      quietly(() =>
        runs.end(runId, (span) => {
          span.output = output;
          if ((output as { status?: unknown } | null)?.status === "error") span.status = "ERROR";
        }),
      ),
    handleToolError: (error, runId) => quietly(() => runs.end(runId, (span) => chainFailed(span, error))),
  };
}

function retrieverCallbacks(runs: Runs): Callbacks<"Retriever"> {
  return {
    handleRetrieverStart: (retriever, query, runId, parentRunId, _tags, metadata, runName) =>
      quietly(() =>
        runs.start(runId, parentRunId, runName ?? nameOf(retriever, "retriever"), {
          type: "KB_RETRIEVAL",
          input: { query },
          data: { ...metadata },
        }),
      ),
    handleRetrieverEnd: (documents, runId) => quietly(() => runs.end(runId, (span) => (span.output = { documents }))),
    handleRetrieverError: (error, runId) => quietly(() => runs.end(runId, (span) => span.recordError(error))),
  };
}

function chainFailed(span: Span, error: unknown): void {
  const { name, message, interrupts } = (error ?? {}) as { name?: string; message?: string; interrupts?: unknown };
  if (name === undefined || !INTERRUPTS.has(name)) {
    span.recordError(error);
    // LangGraph's own for a graph; the application gets its signal's.
    if (name === "Error" && message === "Abort") span.status = "CANCELED";
    return;
  }
  span.setData({ state: "interrupted" });
  if (interrupts !== undefined) span.output = { interrupts };
}

function modelAnswered(span: Span, result: ModelResult): void {
  const first = result.generations?.[0]?.[0];
  const { message } = first ?? {};
  const all = result.generations ?? [];
  span.output = all.length > 1 ? all.map(([only]) => only?.message ?? only?.text) : (message ?? first?.text);
  const data = {
    usage: message?.usage_metadata ?? result.llmOutput?.tokenUsage ?? result.llmOutput?.estimatedTokenUsage,
    model: message?.response_metadata?.model_name,
    finishReason: message?.response_metadata?.finish_reason,
    responseId: message?.response_metadata?.id ?? message?.id,
  };
  span.setData(Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)));
}

/** The order in which the arguments come is not the one that the package's types declare: both are taken. */
function chainArguments(rest: readonly unknown[]): {
  parentRunId: string | undefined;
  runName: string | undefined;
  tags: readonly string[];
  metadata: Readonly<Record<string, unknown>>;
} {
  const [fourth, tags, metadata, seventh, eighth] = rest;
  const parentRunId = [fourth, eighth].find((value) => typeof value === "string" && UUID.test(value));
  const isDeclaredOrder = typeof fourth === "string" && parentRunId !== fourth;
  const runName = isDeclaredOrder ? seventh : eighth;
  return {
    parentRunId: parentRunId as string | undefined,
    runName: typeof runName === "string" && runName !== parentRunId ? runName : undefined,
    tags: Array.isArray(tags) ? tags : [],
    metadata: typeof metadata === "object" && metadata !== null ? (metadata as Record<string, unknown>) : {},
  };
}

function nameOf(serialized: Serialized | undefined, otherwise: string): string {
  return serialized?.name ?? serialized?.id?.at(-1) ?? otherwise;
}
