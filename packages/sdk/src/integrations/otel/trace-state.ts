import { writeTraceState } from "../propagation/tracestate.ts";
import type { OtelSpanContext, OtelTraceState } from "./api.ts";

/** The entries of `tracestate`, the newest first. */
class TraceState implements OtelTraceState {
  readonly #entries: readonly (readonly [key: string, value: string])[];

  constructor(entries: readonly (readonly [string, string])[]) {
    this.#entries = entries;
  }

  get(key: string): string | undefined {
    return this.#entries.find(([name]) => name === key)?.[1];
  }

  set(key: string, value: string): OtelTraceState {
    return new TraceState([[key, value], ...this.#without(key)]);
  }

  unset(key: string): OtelTraceState {
    return new TraceState(this.#without(key));
  }

  serialize(): string {
    return this.#entries.map((entry) => entry.join("=")).join(",");
  }

  #without(key: string): readonly (readonly [string, string])[] {
    return this.#entries.filter(([name]) => name !== key);
  }
}

/**
 * What a request of this span carries beside its ids: the ids as we spell them, where they are not OpenTelemetry's, and
 * what came with the request that is served.
 */
export function traceStateOf(
  ids: { readonly traceId: string; readonly spanId: string },
  inherited: OtelSpanContext["traceState"],
): { traceState?: OtelTraceState } {
  const text = writeTraceState(ids, inherited?.serialize().split(",").filter(Boolean) ?? []);
  if (text === undefined) return {};
  const entries = text.split(",").map((entry) => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)] as const;
  });
  return { traceState: new TraceState(entries) };
}
