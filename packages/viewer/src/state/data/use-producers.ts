/** The processes that the collector heard of, those heard last first. */
import type { ProducerListResponse } from "@everspan/protocol";
import { useQuery } from "@tanstack/react-query";
import { listProducers } from "../../api/collector-client.ts";
import { polled, type ServerData, serverData } from "./query-client.ts";

const STALE_MS = 10_000;

export function useProducers(): ServerData<ProducerListResponse> {
  return serverData(
    useQuery({
      queryKey: ["producers"],
      queryFn: ({ signal }) => listProducers(signal),
      ...polled(STALE_MS),
    }),
  );
}
