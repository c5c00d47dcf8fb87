/** A run's line in the list, with what newer collectors say of it besides. An older one leaves these out. */
import type { TraceSummary } from "@everspan/protocol";

interface LaterFields {
  /** The first words of a user, at most 200 characters. */
  readonly asked: string | null;
  /** The last answer, or what it failed with. */
  readonly answered: string | null;
  /** Model calls, an outer call that holds another not counted. */
  readonly stepCount: number | null;
  /** Failing spans that hold no failing span. */
  readonly causeCount: number;
  /** Records that its processes had to drop. */
  readonly droppedRecords: number;
  /** No span of it is a root: the one that began it did not arrive. */
  readonly missingRoot: boolean;
  /** Payloads that the SDK shortened. */
  readonly cutPayloads: number;
  readonly session: string | null;
  readonly user: string | null;
  readonly tags: readonly string[];
  readonly cacheReadTokens: number;
  readonly reasoningTokens: number;
  /** Where a full-text search found its words. */
  readonly snippet: string | null;
}

export type RunSummary = TraceSummary & Partial<LaterFields>;
