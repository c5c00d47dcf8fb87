import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { DrainableTracer } from "../lifecycle/drainable.ts";
import { DEFAULT_FLUSH_MS, type FlushAfterOptions } from "../lifecycle/flush-after.ts";

export type { DrainableTracer } from "../lifecycle/drainable.ts";
export type { FlushAfterOptions, WaitUntil } from "../lifecycle/flush-after.ts";

/**
 * `drainOnClose(app.listen(3000), tracer)`: when the server has closed (its last request is over), what is pending is
 * delivered. The promise resolves when that is done.
 */
export function drainOnClose(
  server: Server,
  tracer: DrainableTracer,
  options: { readonly timeoutMs?: number } = {},
): Promise<void> {
  return new Promise((resolve) => {
    server.once("close", () => {
      void tracer.shutdown({ timeoutMs: options.timeoutMs ?? 5_000 }).then(() => resolve());
    });
  });
}

/** Middleware for platforms that freeze the process after a response: a flush when the response's body has been sent. */
export function everspanExpress(
  options: FlushAfterOptions & { readonly waitUntil: NonNullable<FlushAfterOptions["waitUntil"]> },
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (_request, response, next) => {
    const ended = new Promise<void>((resolve) => {
      response.once("close", resolve);
    });
    options.waitUntil(ended.then(() => options.tracer.flush({ timeoutMs: options.timeoutMs ?? DEFAULT_FLUSH_MS })));
    next();
  };
}
