/** The collector as a library: the same that `everspan serve` runs. */
export { type Collector, type CollectorOptions, createCollector } from "./collector.ts";
export type { Logger } from "./logger.ts";
