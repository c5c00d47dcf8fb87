import type { TracerStats } from "./account.ts";

/** The tracer behind a batch, for back ends that tell live processes from dead ones, and want to know what was lost. */
export interface ProducerSource {
  /** The account of every record and the number of open spans, exact at this moment. */
  stats(): TracerStats;
}
