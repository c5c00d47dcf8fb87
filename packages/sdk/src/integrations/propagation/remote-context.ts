import type { Baggage } from "./baggage.ts";

/** What another process says about the span that called us. Headers come from strangers: ids and notes, no settings. */
export interface RemoteContext {
  /** The caller's trace: as its tracer spells it when that is an Everspan tracer, else 32 lowercase hex digits. */
  readonly traceId: string;
  /** The caller's span, to be a `parentId`: as its tracer spells it, else 16 lowercase hex digits. */
  readonly spanId: string;
  /** False when the caller decided not to record this trace. */
  readonly sampled: boolean;
  /** Entries of other tracers in `tracestate`, to be passed on as they came; absent when there are none. */
  readonly traceState?: string;
  /** What the callers attached to the request; absent when there is nothing. Not recorded by itself. */
  readonly baggage?: Baggage;
}

/** A request's headers: a web `Headers`, Node.js' `IncomingMessage.headers`, or a plain object, in any case. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;
