/** In the place of `observability/observer.ts`: no OpenTelemetry metrics; `stats()` tells the same. */
export function pipelineObserver(): undefined {}
