/**
 * What each call of a run was sent, by hash. Asked for once a run is read as a story; of a running one now and then, and
 * again when it has ended or changed since.
 */
import { useQuery } from "@tanstack/react-query";
import { getSentMessages } from "../../api/collector-client.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { type SentBySpan, sentBySpan } from "../../model/story/history-change.ts";
import { useIdle } from "../browser/idle.ts";

const RUNNING_MS = 15_000;
/** Beyond this a run has more calls than anybody reads as a story. */
const MAX_PAGES = 20;

const NONE: SentBySpan = new Map();

/** @param revision the run's, as it is shown; absent where the collector counts none */
export function useSentMessages(
  { traceId, running, revision }: Pick<RunSummary, "traceId" | "running" | "revision">,
  isWanted: boolean,
): SentBySpan {
  // The story is read before what changed between its calls.
  const isIdle = useIdle();
  const { data } = useQuery({
    queryKey: ["sent", traceId, running ? "running" : revision],
    queryFn: ({ signal }) => loadPages(traceId, signal),
    enabled: isWanted && isIdle,
    refetchInterval: running ? RUNNING_MS : false,
    placeholderData: (before) => before,
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
