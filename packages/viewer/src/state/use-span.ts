/** A span with whole payloads: what came with the trace, or loaded on its own when something was left out for its size. */
import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { useCallback, useMemo } from "react";
import { getSpan } from "../api/collector-client.ts";
import type { CollectorError } from "../api/collector-error.ts";
import { ServerResource } from "./server-resource.ts";
import { serverResource, useServerData } from "./use-server-data.ts";

export interface LoadedSpan {
  /** Undefined while it is on its way. */
  readonly span: StoredSpan | undefined;
  readonly error: CollectorError | undefined;
  /** Size of what is on its way, in bytes. */
  readonly omittedBytes: number;
  readonly retry: () => void;
}

const NOTHING = new ServerResource<undefined>(async () => undefined);

/** @param span undefined loads nothing */
export function useSpan(span: StoredSpan | undefined): LoadedSpan {
  const omittedBytes = span === undefined ? 0 : bytesLeftOut(span);
  const resource = useMemo(() => {
    if (span === undefined || omittedBytes === 0) return NOTHING as ServerResource<StoredSpan | undefined>;
    const key = `span:${span.traceId}/${span.id}/${span.phase}/${span.revision}`;
    return serverResource<StoredSpan | undefined>(key, (signal) => getSpan(span.traceId, span.id, signal));
  }, [span, omittedBytes]);
  const { value, error } = useServerData(resource);
  const retry = useCallback(() => resource.retry(), [resource]);
  return { span: omittedBytes === 0 ? span : value, error, omittedBytes, retry };
}

function bytesLeftOut(span: StoredSpan): number {
  return [span.input, span.output, span.data].reduce<number>(
    (sum, payload) => sum + (isOmittedPayload(payload) ? Math.max(1, payload.bytes) : 0),
    0,
  );
}
