/** Sums of all runs by time, and the runs that stand out in it: each asked of the collector for its own time. */
import type { AggregateGroup, AggregatesResponse, FacetField, FacetValue } from "@everspan/protocol";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { listAggregates, listFacets, listTraces, type TraceListQuery } from "../../api/collector-client.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { useNowMs } from "../browser/now.ts";
import { polled, type ServerData, serverData } from "./query-client.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STALE_MS = 30_000;
/** Beyond this a bucket is a day: bars of less than some pixels say nothing. */
const MAX_HOUR_DAYS = 7;

export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucket: "hour" | "day";
}

/** Whole buckets up to now. The same for as long as the bucket lasts, so that it can be part of a query's key. */
function lastDays(days: number, nowMs: number): TimeSpan {
  const bucket = days <= MAX_HOUR_DAYS ? "hour" : "day";
  const widthMs = bucket === "hour" ? HOUR_MS : DAY_MS;
  const toMs = Math.ceil((nowMs + 1) / widthMs) * widthMs;
  return { fromMs: toMs - days * DAY_MS, toMs, bucket };
}

/** How often it is looked whether a bucket has begun since, in milliseconds. */
const NOW_MS = 60_000;

/** `lastDays` up to the present, also of a page that stays open. */
export function useLastDays(days: number): TimeSpan {
  const { fromMs, toMs, bucket } = lastDays(days, useNowMs(NOW_MS));
  return useMemo(() => ({ fromMs, toMs, bucket }), [fromMs, toMs, bucket]);
}

export function useAggregates(span: TimeSpan, by?: AggregateGroup): ServerData<AggregatesResponse> {
  const query = useMemo(
    () => ({
      from: new Date(span.fromMs).toISOString(),
      to: new Date(span.toMs).toISOString(),
      bucket: span.bucket,
      ...(by === undefined ? {} : { by }),
    }),
    [span.fromMs, span.toMs, span.bucket, by],
  );
  return serverData(
    useQuery({
      queryKey: ["aggregates", query],
      queryFn: ({ signal }) => listAggregates(query, signal),
      ...polled(STALE_MS),
      placeholderData: (before, asked) => (isLater(asked?.queryKey[1], query) ? before : undefined),
    }),
  );
}

interface Question {
  readonly from?: string | number;
  readonly to?: string | number;
}

/**
 * Whether a question is the one before, asked again of a time as long that began later: only then does the answer before
 * stand in for its own. To another question it would be a wrong answer.
 */
function isLater(before: unknown, query: Question): boolean {
  if (before === undefined) return false;
  const asked = ({ from, to, ...rest }: Question) =>
    JSON.stringify([rest, Date.parse(String(to)) - Date.parse(String(from))]);
  return asked(before as Question) === asked(query);
}

/** The first runs in an order, among those that a query matches. */
export function useTopRuns(query: TraceListQuery): ServerData<readonly RunSummary[]> {
  return serverData(
    useQuery({
      queryKey: ["top runs", query],
      queryFn: async ({ signal }) => (await listTraces(query, signal)).traces,
      ...polled(STALE_MS),
      placeholderData: (before, asked) => (isLater(asked?.queryKey[1], query) ? before : undefined),
    }),
  );
}

/** How often the values of a field occur. @param span in which time; absent: over all of it */
export function useFacet(field: FacetField, span?: TimeSpan): ServerData<readonly FacetValue[]> {
  const within: Readonly<Record<string, string>> = span === undefined ? {} : withinOf(span);
  return serverData(
    useQuery({
      queryKey: ["facet", field, within],
      queryFn: async ({ signal }) => (await listFacets([field], signal, within)).facets[field] ?? [],
      ...polled(STALE_MS),
      placeholderData: (before, asked) => (isLater(asked?.queryKey[2], within) ? before : undefined),
    }),
  );
}

/** As the list's filters say it. */
export function withinOf({ fromMs, toMs }: TimeSpan): { readonly from: string; readonly to: string } {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}
