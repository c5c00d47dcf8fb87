import type { SpanSnapshot } from "../span-snapshot.ts";
import type { Refusal } from "./refusal.ts";

/** What one span of a dialect is read into. */
export type DecodedSpan = { readonly ok: true; readonly snapshot: SpanSnapshot } | Refusal;
