import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { DrainableTracer } from "../lifecycle/drainable.ts";
import { DEFAULT_BODY_MS, DEFAULT_FLUSH_MS, type FlushAfterOptions, waitForFlush } from "../lifecycle/flush-after.ts";

export type { DrainableTracer } from "../lifecycle/drainable.ts";
export type { FlushAfterOptions, WaitUntil } from "../lifecycle/flush-after.ts";

/**
 * `drainOnClose(app.listen(3000), tracer)`: when the server has closed (its last request is over), what is pending is
 * delivered. The tracer goes on: what the application records while it ends is accepted, and delivered by
 * `tracer.shutdown()` or when the process ends by itself.
 *
 * @param options.timeoutMs how long that may take, in milliseconds; default 5 000
 * @returns a promise that resolves when it is done; never rejects
 */
export function drainOnClose(
  server: Server,
  tracer: DrainableTracer,
  options: { readonly timeoutMs?: number } = {},
): Promise<void> {
  return new Promise((resolve) => {
    server.once("close", () => {
      void tracer.flush({ timeoutMs: options.timeoutMs ?? DEFAULT_FLUSH_MS }).then(() => resolve());
    });
  });
}

/** Middleware for platforms that freeze the process after a response: a flush when the response's body has been sent. */
export function everspanExpress(
  options: FlushAfterOptions & { readonly waitUntil: NonNullable<FlushAfterOptions["waitUntil"]> },
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (_request, response, next) => {
    const ended = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, options.bodyTimeoutMs ?? DEFAULT_BODY_MS).unref();
      response.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    waitForFlush(options.waitUntil, ended, options);
    next();
  };
}
