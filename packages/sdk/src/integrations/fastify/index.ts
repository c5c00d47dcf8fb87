import type { DrainableTracer } from "../lifecycle/drainable.ts";

export type { DrainableTracer } from "../lifecycle/drainable.ts";

/** What the plugin uses of a Fastify instance, versions 4 and 5. */
export interface FastifyLike {
  addHook(name: "onClose", hook: () => Promise<void>): unknown;
}

export interface EverspanFastifyOptions {
  readonly tracer: DrainableTracer;
  /** How long `fastify.close()` waits for the spans, in milliseconds. Default 5 000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * `await fastify.register(everspanFastify, { tracer })`: closing the server delivers what is pending. Fastify runs
 * `onClose` after the last request, so that all spans of requests are in. The tracer goes on: a server that closes is
 * not a process that ends. What is recorded afterwards is delivered by `tracer.shutdown()` or when the process ends.
 */
export async function everspanFastify(fastify: FastifyLike, options: EverspanFastifyOptions): Promise<void> {
  fastify.addHook("onClose", async () => {
    await options.tracer.flush({ timeoutMs: options.timeoutMs ?? 5_000 });
  });
}
