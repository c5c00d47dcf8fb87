import { join } from "node:path";
import { attempt, removeFile, writeFully } from "../disk/file-steps.ts";
import type { Fd } from "../disk/spool-fs.ts";
import { call, type Steps } from "../disk/steps.ts";
import { SEGMENT_HEADER_BYTES, segmentHeader, segmentName, segmentSalt } from "../format/segment.ts";
import type { LiveSegment } from "./live-segments.ts";
import { SegmentEncoder } from "./segment-encoder.ts";

/** A segment that is being written. */
export interface OpenSegment {
  readonly fd: Fd;
  readonly info: LiveSegment;
  readonly encoder: SegmentEncoder;
}

export interface NewSegment {
  readonly incarnationPath: string;
  readonly incarnationId: string;
  readonly ordinal: number;
  readonly firstSeq: number;
  readonly createdMs: number;
  readonly isDurable: boolean;
}

/** A segment appears under its name with a whole header; with `isDurable` both survive a power cut before any record is written. */
export function* createSegment(segment: NewSegment): Steps<OpenSegment> {
  const path = join(segment.incarnationPath, segmentName(segment.ordinal));
  const unfinished = `${path}.new`;
  const fd = yield* call((fs) => fs.open(unfinished, "create"));
  try {
    const { incarnationId, ordinal, firstSeq, createdMs } = segment;
    yield* writeFully(fd, segmentHeader(incarnationId, ordinal, firstSeq, createdMs), 0);
    if (segment.isDurable) yield* call((fs) => fs.fsync(fd));
    yield* call((fs) => fs.rename(unfinished, path));
    if (segment.isDurable) yield* call((fs) => fs.fsyncDirectory(segment.incarnationPath));
    return {
      fd,
      info: yield* liveSegment(path, segment),
      encoder: new SegmentEncoder(segmentSalt(incarnationId, ordinal)),
    };
  } catch (error) {
    yield* attempt(() => call((fs) => fs.close(fd)));
    for (const made of [unfinished, path]) yield* attempt(() => removeFile(made));
    throw error;
  }
}

function* liveSegment(path: string, { ordinal, firstSeq }: NewSegment): Steps<LiveSegment> {
  const identity = (yield* call((fs) => fs.status(path)))?.identity ?? "";
  const lastSeq = firstSeq - 1;
  return { path, ordinal, identity, firstSeq, lastSeq, endAt: SEGMENT_HEADER_BYTES, unsettled: 0, isSealed: false };
}

/** Fails with `VANISHED` when the path no longer leads to the file that is being written: what goes there is lost. */
export function* assertInPlace(segment: LiveSegment): Steps<void> {
  const status = yield* call((fs) => fs.status(segment.path));
  if (status?.identity !== segment.identity) {
    throw Object.assign(new Error("the spool's files were removed or replaced"), { code: "VANISHED" });
  }
}
