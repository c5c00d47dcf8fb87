/** In the place of `observability/metrics.ts`: no OpenTelemetry metrics; `stats()` tells the same. */
import type { PipelineObserver } from "../delivery/pipeline-options.ts";

export class TracerMetrics implements PipelineObserver {}
