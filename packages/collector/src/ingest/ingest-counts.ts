/** The collector's account of what arrived: `received` is always the sum of the verdicts and the rejections. */
import type { MergeVerdict } from "@everspan/protocol";

/** Why records were turned away; a closed list, so that a metric's labels are bounded. */
export type RejectionReason = "invalid" | "conflict" | "busy" | "unavailable" | "unknown_blobs";

export class IngestCounts {
  received = 0;
  readonly verdicts: Record<MergeVerdict, number> = { "stored-new": 0, superseded: 0, duplicate: 0, conflict: 0 };
  readonly rejected: Record<RejectionReason, number> = {
    invalid: 0,
    conflict: 0,
    busy: 0,
    unavailable: 0,
    unknown_blobs: 0,
  };

  settle(verdicts: readonly MergeVerdict[]): void {
    this.received += verdicts.length;
    for (const verdict of verdicts) this.verdicts[verdict] += 1;
  }

  reject(reason: RejectionReason, records: number): void {
    this.received += records;
    this.rejected[reason] += records;
  }
}
