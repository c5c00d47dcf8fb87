import type { Parent, TemporalHeaders } from "../temporal-workflow/parent.ts";

/** As the sandbox's half has it: that one imports nothing. */
const HEADER = "everspan-parent";

/** Headers come from whoever may start workflows: ids, no settings. */
export function parentIn(headers: TemporalHeaders | undefined): Parent | undefined {
  try {
    const data = headers?.[HEADER]?.data;
    if (data === undefined || data === null) return undefined;
    const { traceId, spanId } = JSON.parse(new TextDecoder().decode(data)) as Partial<Parent>;
    return typeof traceId === "string" && typeof spanId === "string" ? { traceId, spanId } : undefined;
  } catch {
    return undefined;
  }
}

export function withParent(headers: TemporalHeaders | undefined, { traceId, spanId }: Parent): TemporalHeaders {
  const text = new TextEncoder();
  const payload = {
    metadata: { encoding: text.encode("json/plain") },
    data: text.encode(JSON.stringify({ traceId, spanId })),
  };
  return { ...headers, [HEADER]: payload };
}
