/**
 * What processes dropped over time. A process counts over its whole life, so its losses stand where it was last heard:
 * at its end for one that has ended, now for one that runs.
 */
import type { ProducerSummary } from "@everspan/protocol";
import { droppedRecords } from "../story/verdict.ts";
import { instantMs } from "../text/instant.ts";
import { type GroupSeries, stackedSeries } from "./aggregate-trends.ts";

export interface LossTrend {
  readonly times: readonly number[];
  readonly bucketMs: number;
  /** Dropped records by service, each with those after it. */
  readonly series: readonly GroupSeries[];
  /** Of all services in that time. */
  readonly dropped: number;
}

const NAMELESS = "a process without a name";
/** So that one of an hour and one of a week fill the chart alike. */
const BUCKETS = 56;

export function lossTrend(producers: readonly ProducerSummary[], fromMs: number, toMs: number): LossTrend {
  const bucketMs = Math.max(1, (toMs - fromMs) / BUCKETS);
  const times = Array.from({ length: BUCKETS }, (_, index) => fromMs + index * bucketMs);
  const rows = producers.flatMap((producer) => {
    const dropped = droppedRecords([producer]);
    const atMs = instantMs(producer.lastSeen);
    if (dropped === 0 || !(atMs >= fromMs && atMs < toMs)) return [];
    const start = times[Math.floor((atMs - fromMs) / bucketMs)] ?? fromMs;
    return [{ time: new Date(start).toISOString(), group: producer.service ?? NAMELESS, dropped }];
  });
  return {
    times,
    bucketMs,
    series: stackedSeries({ rows, bucketMs }, times, (row) => row.dropped),
    dropped: rows.reduce((sum, row) => sum + row.dropped, 0),
  };
}
