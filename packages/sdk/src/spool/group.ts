import type { NumberedEntry } from "./entries.ts";
import { writeFully } from "./file-steps.ts";
import { assertInPlace, type OpenSegment } from "./segment-file.ts";
import type { Steps } from "./steps.ts";

/** What is written at once. Its place in the file is fixed before the write begins. */
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
