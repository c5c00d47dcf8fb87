import type { DrainableTracer } from "./drainable.ts";
import { watchBody } from "./response-body.ts";

/** Keeps a serverless process alive until the promise settles. */
export type WaitUntil = (promise: Promise<unknown>) => void;

export interface FlushAfterOptions {
  readonly tracer: DrainableTracer;
  /** The platform's own, where it is not found by itself. Without any the tracer's background delivery has to do. */
  readonly waitUntil?: WaitUntil | undefined;
  /**
   * How long a flush may take, in milliseconds, and how long a response's body may lie unread before it is flushed
   * without it. Default 5 000.
   */
  readonly timeoutMs?: number | undefined;
  /** How long a body that is being read is waited for, in milliseconds. Default 300 000. */
  readonly bodyTimeoutMs?: number | undefined;
}

export const DEFAULT_FLUSH_MS = 5_000;
export const DEFAULT_BODY_MS = 300_000;

/** Has the platform wait for a flush after `ended`. Never throws: outside of a request some platforms' own does. */
export function waitForFlush(
  waitUntil: WaitUntil,
  ended: Promise<unknown> | undefined,
  { tracer, timeoutMs = DEFAULT_FLUSH_MS }: FlushAfterOptions,
): void {
  const flushed = Promise.resolve(ended).then(() => tracer.flush({ timeoutMs }));
  try {
    waitUntil(flushed.catch(() => {}));
  } catch {
    // The flush goes on; only nobody waits for it.
  }
}

/**
 * Runs a handler and has the platform wait for a flush: when the response's body has ended, when the handler has thrown
 * (its error goes on unchanged), or when nobody reads the body.
 */
export async function flushAfter(
  handler: () => Response | Promise<Response>,
  waitUntil: WaitUntil | undefined,
  options: FlushAfterOptions & { readonly isBodyUnread?: boolean },
): Promise<Response> {
  if (waitUntil === undefined) return handler();
  let response: Response;
  try {
    response = await handler();
  } catch (error) {
    waitForFlush(waitUntil, undefined, options);
    throw error;
  }
  return flushAfterBody(response, waitUntil, options);
}

/** The response as it was, and a flush that the platform waits for, when its body has ended. */
export function flushAfterBody(
  response: Response,
  waitUntil: WaitUntil | undefined,
  options: FlushAfterOptions & { readonly isBodyUnread?: boolean },
): Response {
  if (waitUntil === undefined) return response;
  if (options.isBodyUnread === true) {
    waitForFlush(waitUntil, undefined, options);
    return response;
  }
  const watched = watchBody(response, {
    unreadMs: options.timeoutMs ?? DEFAULT_FLUSH_MS,
    totalMs: options.bodyTimeoutMs ?? DEFAULT_BODY_MS,
  });
  waitForFlush(waitUntil, watched.ended, options);
  return watched.response;
}
