/** The run of the same name and service that began before one. */
import { listTraces } from "../../api/collector-client.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { instantMs } from "../../model/text/instant.ts";

const LOOKED_AT = 50;

/** @returns its trace id; undefined when there is none among those looked at, or no answer */
export async function previousRunOfName(run: RunSummary): Promise<string | undefined> {
  const query = { q: run.name, to: run.startTime, limit: LOOKED_AT, ...(run.service ? { service: run.service } : {}) };
  try {
    const { traces } = await listTraces(query, AbortSignal.timeout(10_000));
    const startMs = instantMs(run.startTime);
    return traces.find(
      (other) => other.name === run.name && other.traceId !== run.traceId && instantMs(other.startTime) <= startMs,
    )?.traceId;
  } catch {
    return undefined;
  }
}
