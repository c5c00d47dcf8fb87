import type { TracerStats } from "../contract/account.ts";
import type { PipelineObserver } from "../delivery/pipeline-options.ts";

/** What is told of each attempt, loaded with the first one: OpenTelemetry's metrics. */
export function pipelineObserver(stats: () => TracerStats): (() => Promise<PipelineObserver>) | undefined {
  return async () => {
    const { TracerMetrics } = await import("./metrics.ts");
    return new TracerMetrics(stats);
  };
}
