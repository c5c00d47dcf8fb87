/** Where imported spans go: a running collector, or the store's directory. */
import type { SpanSnapshot } from "@everspan/protocol";

export type ImportOrder = "revision" | "pieces";

export interface ImportTarget {
  /** What it is, for the user, and for the record of an import that was interrupted. */
  readonly name: string;
  /**
   * Writes spans durably.
   * @returns how many of them changed what is stored
   * @throws SpansRefusedError when it does not take them as they are: fewer at a time, or one alone, may be taken
   */
  write(snapshots: readonly SpanSnapshot[], order: ImportOrder): Promise<number>;
  close(): Promise<void>;
}

/** The message says why. */
export class SpansRefusedError extends Error {
  override readonly name = "SpansRefusedError";
}
