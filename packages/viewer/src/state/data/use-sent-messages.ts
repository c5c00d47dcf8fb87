/** What each call of a run was sent, by hash. Asked for once a run is read as a story; of a running one now and then. */
import { useQuery } from "@tanstack/react-query";
import { getSentMessages } from "../../api/collector-client.ts";
import { type SentBySpan, sentBySpan } from "../../model/story/history-change.ts";
import { useIdle } from "../browser/idle.ts";

const RUNNING_MS = 15_000;
/** Beyond this a run has more calls than anybody reads as a story. */
const MAX_PAGES = 20;

const NONE: SentBySpan = new Map();

export function useSentMessages(traceId: string, isRunning: boolean, isWanted: boolean): SentBySpan {
  // The story is read before what changed between its calls.
  const isIdle = useIdle();
  const { data } = useQuery({
    queryKey: ["sent", traceId],
    queryFn: ({ signal }) => loadPages(traceId, signal),
    enabled: isWanted && isIdle,
    refetchInterval: isRunning ? RUNNING_MS : false,
    retry: false,
    structuralSharing: false,
  });
  return data ?? NONE;
}

async function loadPages(traceId: string, signal: AbortSignal): Promise<SentBySpan> {
  const pages = [];
  let cursor: string | null = null;
  do {
    const page = await getSentMessages(traceId, cursor, signal);
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== null && pages.length < MAX_PAGES);
  return sentBySpan(pages);
}
