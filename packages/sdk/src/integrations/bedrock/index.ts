/**
 * `everspan/bedrock`: traces a client of the package `@aws-sdk/client-bedrock-runtime`.
 *
 * ```ts
 * import { observe } from "everspan/bedrock";
 *
 * const bedrock = observe(new BedrockRuntimeClient({}));
 * ```
 *
 * Each `Converse` and `InvokeModel`, streamed or not, also both ways, is a span. It goes by the client's own middleware stack.
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import { memberOf } from "../../recording/following/members.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { replied } from "../generated-client/api-promise.ts";
import type { ObserveOptions } from "../generated-client/observe-client.ts";
import { ModelCall } from "../model-call/model-call.ts";
import { commandOf } from "./commands.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

/** What is used of a client. */
export interface BedrockClient {
  readonly middlewareStack: {
    // biome-ignore lint/suspicious/noExplicitAny: the stack of any version is taken
    add(middleware: any, options: any): void;
  };
}

type Handler = (args: { readonly input: unknown }) => Promise<{ readonly output: unknown }>;

const OBSERVED = Symbol.for("everspan.observed");

/**
 * Everything about the client stays: its type and identity, its commands, streams, errors and requests. What is observed
 * already stays as it is.
 * @returns the same instance
 */
export function observe<Client extends BedrockClient>(client: Client, options: ObserveOptions = {}): Client {
  const stack = client.middlewareStack;
  if (memberOf(stack, OBSERVED) === true) return client;
  Object.defineProperty(stack, OBSERVED, { value: true });
  const tracer = () => options.tracer ?? defaultTracer();
  const middleware = (next: Handler, context: unknown): Handler => {
    const name = memberOf(context, "commandName");
    const signal = memberOf(memberOf(context, "__smithy_context"), "abortSignal");
    return (args) => observed(tracer(), String(name), next, args, signal);
  };
  stack.add(middleware, { step: "initialize", name: "everspan", priority: "high" });
  return client;
}

/** A stream whose request is aborted fails as one whose connection was lost; one that goes both ways only ends. */
class BedrockCall extends ModelCall {
  signal: unknown;
  /** Of a request that comes in parts. */
  requestSoFar: (() => unknown) | undefined;

  override fail(error: unknown): void {
    this.#end(() => super.fail(error));
  }

  override finish(): void {
    this.#end(() => super.finish());
  }

  override abandon(): void {
    this.#noteRequest();
    super.abandon();
  }

  #end(end: () => void): void {
    this.#noteRequest();
    if (memberOf(this.signal, "aborted") === true) super.cancel();
    else end();
  }

  #noteRequest(): void {
    if (this.requestSoFar !== undefined && this.isOpen) this.span.input = this.requestSoFar();
  }
}

function observed(
  tracer: Tracer,
  name: string,
  next: Handler,
  args: Parameters<Handler>[0],
  signal: unknown,
): ReturnType<Handler> {
  const command = commandOf(name, args.input);
  if (command === undefined) return next(args);
  const call = new BedrockCall(tracer, command.operation, command.request);
  call.signal = signal;
  call.requestSoFar = command.sending?.soFar;
  const given = command.sending === undefined ? args : { ...args, input: command.sending.input };
  return tracer
    .withSpan(call.span, () => next(given))
    .then(
      (result) => {
        noteMetadata(call, result.output);
        // The stream stands within the reply; the reply itself is no stream.
        const stream = command.streamOf?.(result.output);
        if (stream === undefined) call.succeed(command.replyOf(result.output));
        else replied(stream, call);
        return result;
      },
      (error: unknown) => {
        noteMetadata(call, error);
        call.fail(error);
        throw error;
      },
    );
}

function noteMetadata(call: ModelCall, answer: unknown): void {
  const metadata = memberOf(answer, "$metadata");
  const requestId = memberOf(metadata, "requestId");
  const attempts = memberOf(metadata, "attempts");
  if (typeof requestId === "string") call.answered(requestId);
  if (typeof attempts === "number") call.attempted(attempts);
}
