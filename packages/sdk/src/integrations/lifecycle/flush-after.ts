import { watchBody } from "../next/response-body.ts";
import type { DrainableTracer } from "./drainable.ts";

/** Keeps a serverless process alive until the promise settles. */
export type WaitUntil = (promise: Promise<unknown>) => void;

export interface FlushAfterOptions {
  readonly tracer: DrainableTracer;
  /** The platform's own, where it is not found by itself. Without any the tracer's background delivery has to do. */
  readonly waitUntil?: WaitUntil;
  /** How long a flush may take, in milliseconds. Default 5 000. */
  readonly timeoutMs?: number;
}

export const DEFAULT_FLUSH_MS = 5_000;

/** The response as it was, and a flush that begins when its body has ended and that the platform waits for. */
export function flushAfterBody(
  response: Response,
  waitUntil: WaitUntil | undefined,
  options: FlushAfterOptions,
): Response {
  if (waitUntil === undefined) return response;
  const watched = watchBody(response);
  waitUntil(watched.ended.then(() => options.tracer.flush({ timeoutMs: options.timeoutMs ?? DEFAULT_FLUSH_MS })));
  return watched.response;
}
