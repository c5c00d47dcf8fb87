import type { Refusal } from "../../decoding/refusal.ts";
import { buildRecord, type RawSpan } from "./record-builder.ts";
import type { OtlpResource, OtlpScope, OtlpSpanRecord } from "./span-record.ts";

/** A request of either form, decoded. */
export type DecodedOtlpRequest =
  | {
      readonly ok: true;
      readonly spans: readonly OtlpSpanRecord[];
      readonly rejectedSpans: number;
      /** Why spans were rejected, and warnings; each once, at most ten. */
      readonly reasons: readonly string[];
    }
  | Refusal;

/** How many reasons one response tells. */
export const MAX_REASONS = 10;

/** Collects what a form's reader finds. */
export class RequestBuilder {
  readonly #spans: OtlpSpanRecord[] = [];
  readonly #reasons = new Set<string>();
  #rejected = 0;

  add(raw: RawSpan, scope: OtlpScope, resource: OtlpResource): void {
    const record = buildRecord(raw, scope, resource);
    if (typeof record === "string") this.reject(record);
    else this.#spans.push(record);
  }

  /** A span that has no place in the store. */
  reject(reason: string): void {
    this.#rejected += 1;
    this.warn(reason);
  }

  warn(reason: string): void {
    if (this.#reasons.size < MAX_REASONS) this.#reasons.add(reason);
  }

  finish(): DecodedOtlpRequest {
    return { ok: true, spans: this.#spans, rejectedSpans: this.#rejected, reasons: [...this.#reasons] };
  }
}
