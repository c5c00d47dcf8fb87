/**
 * `everspan/edge`: all of `everspan`, built for runtimes that have `fetch` and `AsyncLocalStorage` and not much besides:
 * Cloudflare Workers, Vercel's edge functions, one-file bundles. No sockets, no files, no spool. A bundler that knows
 * its runtime (conditions `workerd`, `edge-light`) takes this build by itself, for `everspan` and for each integration.
 */
export * from "./index.ts";
export { FetchTransport, type FetchTransportOptions } from "./transport/fetch-transport.ts";
