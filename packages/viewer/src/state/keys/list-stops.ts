/** What the keyboard stops at in the list: the places where words were found, then the runs. */
import type { SearchHit } from "@everspan/protocol";
import type { RunSummary } from "../../api/run-summary.ts";
import { hitKey } from "../../model/runs/list-rows.ts";
import { readFilter } from "../../model/runs/run-filter.ts";
import { traceAddress } from "../address/trace-address.ts";

export interface ListStop {
  readonly key: string;
  readonly traceId: string;
  readonly address: string;
}

/** @param filter the list's; its words are looked for in the run that a place opens */
export function listStops(
  hits: readonly SearchHit[],
  rows: readonly RunSummary[],
  filter: string,
): readonly ListStop[] {
  const find = readFilter(filter).text;
  return [
    ...hits.map((hit) => ({ key: hitKey(hit), traceId: hit.traceId, address: hitAddress(hit, find) })),
    ...rows.map(({ traceId }) => ({ key: traceId, traceId, address: traceAddress({ traceId }) })),
  ];
}

export function hitAddress({ traceId, spanId }: SearchHit, find: string): string {
  return traceAddress({ traceId, spanId, find });
}
