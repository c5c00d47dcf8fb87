/**
 * A span with whole payloads: what came with the trace, or loaded on its own when something was left out for its size. Of
 * very large ones the beginnings of long texts are loaded first, and the rest when it is asked for.
 */
import { type CutText, isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { getSpan } from "../../api/collector-client.ts";
import type { CollectorError } from "../../api/collector-error.ts";
import { isLost } from "../../model/losses/omitted.ts";
import { lengthsOfCut } from "../../model/text/cut-text.ts";
import type { WholeSpan } from "../run/whole-span.ts";
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
/** Payloads up to this size are loaded whole, in bytes. */
const WHOLE_BYTES = 1024 * 1024;
/** Of a text in a larger one: more than anybody reads before asking for more. */
const BEGINNING_CHARACTERS = 256 * 1024;

/** @param span undefined loads nothing */
export function useSpan(span: StoredSpan | undefined): LoadedSpan {
  const { cutTexts, ...loaded } = useRead(span, undefined);
  return loaded;
}

export interface BegunSpan extends LoadedSpan {
  /** What of its texts is only their beginnings, and how the rest is had. */
  readonly whole: WholeSpan;
}

/**
 * The same for who reads it: of a large one the beginnings of its long texts are there first.
 * @param span undefined loads nothing
 */
export function useBegunSpan(span: StoredSpan | undefined): BegunSpan {
  const [isWholeWanted, setWholeWanted] = useState(false);
  const isLarge = span !== undefined && bytesLeftOut(span) > WHOLE_BYTES;
  const { cutTexts = NONE, ...begun } = useRead(span, isLarge ? BEGINNING_CHARACTERS : undefined);
  const hasMore = cutTexts.length > 0;
  const all = useRead(hasMore && isWholeWanted ? span : undefined, undefined);
  const isCut = hasMore && all.span === undefined;
  const lengths = useMemo(() => lengthsOfCut(begun.span, cutTexts), [begun.span, cutTexts]);
  const lengthOf = useCallback((text: string) => (isCut && lengths.get(text)) || text.length, [isCut, lengths]);
  const whole = {
    isCut,
    isLoading: isCut && isWholeWanted && all.error === undefined,
    failure: all.error?.message,
    load: () => (all.error === undefined ? setWholeWanted(true) : all.retry()),
    lengthOf,
  };
  return { ...begun, span: all.span ?? begun.span, whole };
}

interface Read extends LoadedSpan {
  readonly cutTexts?: readonly CutText[] | undefined;
}

const NONE: readonly CutText[] = [];

function useRead(span: StoredSpan | undefined, textLimit: number | undefined): Read {
  const omittedBytes = span === undefined ? 0 : bytesLeftOut(span);
  const query = useQuery({
    queryKey: ["span", span?.traceId, span?.id, span?.phase, span?.revision, textLimit],
    queryFn: async ({ signal }) => {
      const { cutTexts, ...read } = await getSpan(span!, textLimit, signal);
      return { span: read as StoredSpan, cutTexts };
    },
    enabled: omittedBytes > 0,
    gcTime: KEPT_MS,
    structuralSharing: false,
  });
  const { value, error, retry } = serverData(query);
  return { span: omittedBytes === 0 ? span : value?.span, cutTexts: value?.cutTexts, error, omittedBytes, retry };
}

/** Of what can be loaded. */
export function bytesLeftOut(span: StoredSpan): number {
  return [span.input, span.output, span.data].reduce<number>(
    (sum, payload) => sum + (isOmittedPayload(payload) && !isLost(payload) ? Math.max(1, payload.bytes) : 0),
    0,
  );
}
