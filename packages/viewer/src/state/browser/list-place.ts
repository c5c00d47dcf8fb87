/** Where the reader was in the list of runs, so that going back finds filter, place and row as they were left. */
import type { QueryClient } from "@tanstack/react-query";
import { type RunList, runListKey } from "../data/run-list.ts";

export interface ListPlace {
  /** With its filters. */
  readonly address: string;
  readonly scrollTop: number;
  /** The run that was opened from it. */
  readonly traceId: string | null;
}

const START: ListPlace = { address: "/", scrollTop: 0, traceId: null };

let place = START;

export function listPlace(): ListPlace {
  return place;
}

/** The place in the list of an address; of another list it is not known. */
export function placeIn(address: string): ListPlace {
  return place.address === address ? place : { ...START, address };
}

export function setListPlace(change: ListPlace): void {
  place = change;
}

/** The run before (`step` -1) or after (1) one in the list that was seen last. */
export function neighbourOf(client: QueryClient, traceId: string, step: 1 | -1): string | undefined {
  const list = client.getQueryData<RunList>(runListKey(place.address));
  const at = list?.rows.findIndex((run) => run.traceId === traceId) ?? -1;
  return at < 0 ? undefined : list?.rows[at + step]?.traceId;
}
