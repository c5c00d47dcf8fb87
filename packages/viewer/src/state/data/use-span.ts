/** A span with whole payloads: what came with the trace, or loaded on its own when something was left out for its size. */
import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { useQuery } from "@tanstack/react-query";
import { getSpan } from "../../api/collector-client.ts";
import type { CollectorError } from "../../api/collector-error.ts";
import { serverData } from "./query-client.ts";

export interface LoadedSpan {
  /** Undefined while it is on its way. */
  readonly span: StoredSpan | undefined;
  readonly error: CollectorError | undefined;
  /** Size of what is on its way, in bytes. */
  readonly omittedBytes: number;
  readonly retry: () => void;
}

/** Whole payloads are large: once out of sight they are let go of soon. */
const KEPT_MS = 60_000;

/** @param span undefined loads nothing */
export function useSpan(span: StoredSpan | undefined): LoadedSpan {
  const omittedBytes = span === undefined ? 0 : bytesLeftOut(span);
  const query = useQuery({
    queryKey: ["span", span?.traceId, span?.id, span?.phase, span?.revision],
    queryFn: ({ signal }) => getSpan(span!.traceId, span!.id, signal),
    enabled: omittedBytes > 0,
    gcTime: KEPT_MS,
    structuralSharing: false,
  });
  const { value, error, retry } = serverData(query);
  return { span: omittedBytes === 0 ? span : value, error, omittedBytes, retry };
}

export function bytesLeftOut(span: StoredSpan): number {
  return [span.input, span.output, span.data].reduce<number>(
    (sum, payload) => sum + (isOmittedPayload(payload) ? Math.max(1, payload.bytes) : 0),
    0,
  );
}
