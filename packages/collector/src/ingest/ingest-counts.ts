/** The collector's account of what arrived: `received` is always the sum of the verdicts and the rejections. */
import type { MergeVerdict } from "@everspan/protocol";

/** Why records were turned away; a closed list, so that a metric's labels are bounded. */
export type RejectionReason = "invalid" | "conflict" | "busy" | "unavailable" | "unknown_blobs";

export interface IngestFigures {
  readonly received: number;
  readonly verdicts: Readonly<Record<MergeVerdict, number>>;
  readonly rejected: Readonly<Record<RejectionReason, number>>;
}

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

  figures(): IngestFigures {
    return { received: this.received, verdicts: { ...this.verdicts }, rejected: { ...this.rejected } };
  }
}

export const NO_FIGURES: IngestFigures = new IngestCounts().figures();

export function addFigures(one: IngestFigures, other: IngestFigures): IngestFigures {
  return {
    received: one.received + other.received,
    verdicts: addEach(one.verdicts, other.verdicts),
    rejected: addEach(one.rejected, other.rejected),
  };
}

function addEach<Key extends string>(
  one: Readonly<Record<Key, number>>,
  other: Readonly<Record<Key, number>>,
): Record<Key, number> {
  const keys = Object.keys(one) as Key[];
  return Object.fromEntries(keys.map((key) => [key, one[key] + other[key]])) as Record<Key, number>;
}
