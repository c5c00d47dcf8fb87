/** Called by Next.js once in each of its runtimes, before the first request. */
export async function register() {
  const { setDefaultTracer, tracerFromEnv } = await import("everspan");
  setDefaultTracer(tracerFromEnv({ service: { name: `next-${process.env.NEXT_RUNTIME}` } }));
}
