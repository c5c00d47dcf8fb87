/** In the place of `overhead/heap-limit.ts`: what Cloudflare gives a Worker. */
export const HEAP_LIMIT_BYTES = 128 * 1024 * 1024;
