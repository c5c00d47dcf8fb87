/** What a collector shows of agents' lives, over the API that its viewer and its users read. */
import type { StoredSpan } from "@everspan/protocol";
import type { CollectorProcess } from "./collector-process.ts";
import type { Recorded } from "./spooled-agent.ts";

export interface StoredLife {
  readonly traces: number;
  readonly spans: number;
  readonly ids: ReadonlySet<string>;
  /** As the agent ended them. */
  readonly ended: ReadonlySet<string>;
  /** Closed in the place of an agent that died. */
  readonly interrupted: ReadonlySet<string>;
  /** Shown as running, though nobody runs them: their start reached the collector, and none of it the disk. */
  readonly running: readonly string[];
  /** Shown more than once, or counted otherwise than shown. */
  readonly duplicates: readonly string[];
  /** Never recorded by an agent, save the one that each may have had no time to name. */
  readonly invented: readonly string[];
}

/** @param agents how many of them recorded these spans */
export async function storedLife(
  collector: CollectorProcess,
  { traceIdOf }: Pick<Recorded, "traceIdOf">,
  agents: number,
): Promise<StoredLife> {
  const traceIds = [...new Set(traceIdOf.values())];
  const found = (await Promise.all(traceIds.map((id) => collector.findTrace(id)))).filter((each) => each !== undefined);
  const spans = found.flatMap((each) => each.spans);
  const seen = new Set<string>();
  const duplicates: string[] = [];
  for (const { id } of spans) {
    if (seen.has(id)) duplicates.push(id);
    seen.add(id);
  }
  for (const { trace, spans: shown } of found) {
    if (trace.spanCount !== shown.length) duplicates.push(`${trace.traceId}: ${trace.spanCount} counted`);
  }
  const unnamed = [...seen].filter((id) => !traceIdOf.has(id));
  return {
    traces: found.length,
    spans: spans.length,
    ids: seen,
    ended: idsOf(spans, (span) => span.phase === "ended" && span.status === "OK"),
    interrupted: idsOf(spans, (span) => span.phase === "ended" && span.error?.type === "Interrupted"),
    running: [...idsOf(spans, (span) => span.phase !== "ended")],
    duplicates,
    invented: unnamed.length > agents ? unnamed : [],
  };
}

function idsOf(spans: readonly StoredSpan[], select: (span: StoredSpan) => boolean): ReadonlySet<string> {
  return new Set(spans.filter(select).map(({ id }) => id));
}
