import { writeFully } from "../disk/file-steps.ts";
import type { Steps } from "../disk/steps.ts";
import type { NumberedEntry } from "../format/entries.ts";
import { assertInPlace, type OpenSegment } from "./segment-file.ts";

/** What one write brings to the disk. Its place in the file is fixed before the write begins. */
export interface Group {
  readonly segment: OpenSegment;
  readonly position: number;
  readonly bytes: Buffer;
  /** Empty for a group of records that were carried over. */
  readonly entries: readonly NumberedEntry[];
  /** `flushSync` has written it. */
  isWritten: boolean;
}

export function* writeGroup({ segment, bytes, position }: Group): Steps<void> {
  yield* writeFully(segment.fd, bytes, position);
  yield* assertInPlace(segment.info);
}
