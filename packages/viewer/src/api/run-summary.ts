/** A run's line in the list, with what newer collectors say of it besides. An older one leaves these out. */
import type { TraceSummary } from "@everspan/protocol";

interface LaterFields {
  /** Model calls, an outer call that holds another not counted. */
  readonly stepCount: number;
  /** Where a full-text search found its words. */
  readonly snippet: string;
}

export type RunSummary = TraceSummary & Partial<LaterFields>;
