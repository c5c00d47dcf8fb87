/**
 * `everspan/trpc`: each procedure of a tRPC router is a span.
 *
 * ```ts
 * import { everspanTrpc } from "everspan/trpc";
 *
 * const procedure = t.procedure.use(everspanTrpc()); // the base of all procedures
 * ```
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import { isThenable } from "../../recording/following/promises.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { followResult } from "./procedure-stream.ts";

export interface EverspanTrpcOptions {
  /** Default: the process's default tracer. */
  readonly tracer?: Tracer | undefined;
}

/** What the middleware uses of a procedure's call, versions 10 and 11. */
export interface TrpcCall<Result> {
  readonly path: string;
  readonly type: string;
  next(): Promise<Result>;
}

/** Version 10 has the input there, 11 reads it when somebody asks. */
interface CallInput {
  readonly rawInput?: unknown;
  readonly getRawInput?: () => Promise<unknown>;
}

type Next = (options?: { getRawInput: () => Promise<unknown> }) => Promise<unknown>;

/** What a middleware is answered with: tRPC throws nothing at it. */
interface ProcedureResult {
  readonly ok?: boolean;
  readonly data?: unknown;
  readonly error?: { readonly code?: unknown; readonly cause?: unknown };
}

/**
 * A span for each call: the child of the active span (the request's, where a server's middleware began one), else the
 * root of a new trace. Its input is what the client sent, where the procedure reads it; its output the result, or all that
 * a subscription or a streamed answer brought: then it ends with it. An error is recorded by its cause, and goes on as the
 * `TRPCError` that it is.
 */
export function everspanTrpc(options: EverspanTrpcOptions = {}): <Result>(call: TrpcCall<Result>) => Promise<Result> {
  return (call) => {
    const tracer = options.tracer ?? defaultTracer();
    const { path, type } = call;
    const { rawInput, getRawInput } = call as CallInput;
    const span = tracer.startSpan(path, { input: rawInput, data: { kind: "trpc", procedureType: type } });
    const next = call.next as unknown as Next;
    const proceed = () => (getRawInput === undefined ? next() : next({ getRawInput: noting(span, getRawInput) }));
    return tracer.withSpan(span, proceed).then(
      (result) => {
        quietly(() => complete(span, result as ProcedureResult));
        return result;
      },
      (error: unknown) => {
        span.recordError(error);
        span.end();
        throw error;
      },
    ) as ReturnType<typeof call.next>;
  };
}

/** The procedure's own reading of its input, seen: a body that nobody reads stays unread. */
function noting(span: Span, getRawInput: () => Promise<unknown>): () => Promise<unknown> {
  return () => {
    const reading = getRawInput();
    if (!isThenable(reading)) return reading;
    return reading.then((input) => {
      span.input = input;
      return input;
    });
  };
}

function complete(span: Span, { ok, data, error }: ProcedureResult): void {
  if (ok === false) {
    if (error?.code !== undefined) span.setData({ code: error.code });
    span.recordError(error?.cause instanceof Error ? error.cause : error);
    span.end();
  } else followResult(span, data);
}
