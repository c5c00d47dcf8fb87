import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { CallSpans } from "./call-spans.ts";
import type { AiEndEvent, AiEvent, AiStartEvent, AiTelemetry } from "./events.ts";

export interface EverspanAiOptions {
  /** Default: the process's default tracer (`setDefaultTracer`, or one from the environment). */
  readonly tracer?: Tracer | undefined;
}

/** Most operations that are followed at the same time. What nobody reads to its end makes place for what is new. */
const MAX_OPEN_CALLS = 10_000;

/**
 * An integration for the AI SDK 7: every `generateText`, `streamText`, `embed` … is a span, its model calls and tools are
 * spans under it. Synchronous (the SDK awaits its integrations) and total: a fault in it never reaches the application.
 */
export function everspanTelemetry(options: EverspanAiOptions = {}): AiTelemetry {
  const calls = new Map<string, CallSpans>();
  const tracer = () => options.tracer ?? defaultTracer();

  const on =
    <Event extends AiEvent>(act: (call: CallSpans, event: Event) => void) =>
    (event: Event): void =>
      quietly(() => {
        const call = calls.get(event.callId);
        if (call !== undefined) act(call, event);
      });
  const finish =
    <Event extends AiEvent>(act: (call: CallSpans, event: Event) => void) =>
    (event: Event): void =>
      quietly(() => {
        const call = calls.get(event.callId);
        calls.delete(event.callId);
        if (call !== undefined) act(call, event);
      });

  const start = (event: AiStartEvent) => {
    calls.set(event.callId, new CallSpans(tracer(), event));
    if (calls.size > MAX_OPEN_CALLS) makePlace(calls);
  };

  const end = finish<AiEndEvent>((call, event) => call.end(event));

  return withEnds(calls, start, end, {
    onLanguageModelCallStart: on((call, event) => call.startModel(event)),
    onLanguageModelCallEnd: on((call, event) => call.endModel(event)),
    onObjectStepStart: on((call, event) => call.startModel(event)),
    onObjectStepEnd: on((call, event) => call.endModel(event)),
    onEmbedStart: on((call, event) => call.startEmbedding(event)),
    onEmbedEnd: on((call, event) => call.endEmbedding(event)),
    onRerankStart: on((call, event) => call.startEmbedding(event)),
    onRerankEnd: on((call, event) => call.endEmbedding(event)),
    onToolExecutionStart: on((call, event) => call.startTool(event)),
    onToolExecutionEnd: on((call, event) => call.endTool(event)),
    onStepError: on((call, event) => call.fail(event.error)),
    onAbort: finish((call) => call.endWith("CANCELED")),
    onError: (event) =>
      quietly(() => {
        const { callId, error } = event as { callId?: string; error?: unknown };
        const call = callId === undefined ? undefined : calls.get(callId);
        if (call === undefined || callId === undefined) return;
        calls.delete(callId);
        call.endWith(isAbort(error) ? "CANCELED" : "ERROR", error);
      }),
    executeLanguageModelCall: ({ callId, execute }) => {
      const call = calls.get(callId);
      return call === undefined ? execute() : call.underModel(execute);
    },
    executeTool: ({ callId, toolCallId, execute }) => {
      const call = calls.get(callId);
      return call === undefined ? execute() : call.underTool(toolCallId, execute);
    },
  });
}

/** Every operation of the process from now on, also those of an `ai` that is loaded later. @returns ends it */
export function registerEverspan(options: EverspanAiOptions = {}): () => void {
  const integration = everspanTelemetry(options);
  const holder = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown[] };
  holder.AI_SDK_TELEMETRY_INTEGRATIONS ??= [];
  const list = holder.AI_SDK_TELEMETRY_INTEGRATIONS;
  list.push(integration);
  return () => {
    const at = list.indexOf(integration);
    if (at >= 0) list.splice(at, 1);
  };
}

/** Adds what tells the begin and the end of an operation. */
function withEnds(
  calls: Map<string, CallSpans>,
  start: (event: AiStartEvent) => void,
  end: (event: AiEndEvent) => void,
  rest: Omit<AiTelemetry, "onStart" | "onEnd">,
): AiTelemetry {
  let operation: Operation = { calls };
  return Object.defineProperties(rest, {
    // The SDK asks for both once for each operation, this first.
    onStart: {
      enumerable: true,
      configurable: true,
      get: () => {
        const begun: Operation = { calls };
        operation = begun;
        return (event: AiStartEvent) =>
          quietly(() => {
            begun.callId = event.callId;
            start(event);
          });
      },
    },
    // Who holds it can tell that the operation has ended; when nobody does any more, nobody will.
    onEnd: {
      enumerable: true,
      configurable: true,
      get: () => {
        const tell = (event: AiEndEvent): void => end(event);
        ends.register(tell, operation);
        return tell;
      },
    },
  }) as AiTelemetry;
}

interface Operation {
  readonly calls: Map<string, CallSpans>;
  callId?: string;
}

/** A stream whose reader left ends without a word: it ends when it is collected, and says so. */
const ends = new FinalizationRegistry<Operation>(({ calls, callId }) =>
  quietly(() => {
    const call = callId === undefined ? undefined : calls.get(callId);
    if (call === undefined) return;
    calls.delete(callId!);
    call.root.setData({ "everspan.unconsumed": true });
    call.endWith("CANCELED");
  }),
);

/** The longest open operation is let go: its spans say that nobody saw their end. */
function makePlace(calls: Map<string, CallSpans>): void {
  const [oldest] = calls.keys();
  const call = calls.get(oldest!);
  calls.delete(oldest!);
  call?.root.setData({ incomplete: true });
  call?.endWith("CANCELED");
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "ResponseAborted");
}
