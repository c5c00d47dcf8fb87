/**
 * What Scale GenAI Platform is known to refuse, found before it is sent: one bad span makes it refuse the whole
 * batch. Payloads that are no objects are wrapped by the codec; what no repair can save is rejected here, by id.
 */
import { MAX_ID_BYTES, parseTimestamp, type SpanSnapshot } from "@everspan/protocol";
import type { RejectedSpan } from "./span-exporter.ts";

export interface CheckedBatch {
  readonly accepted: readonly SpanSnapshot[];
  readonly rejected: readonly RejectedSpan[];
}

export function checkForSgp(batch: readonly SpanSnapshot[]): CheckedBatch {
  const accepted: SpanSnapshot[] = [];
  const rejected: RejectedSpan[] = [];
  for (const snapshot of batch) {
    const reason = refusalOf(snapshot);
    if (reason === undefined) accepted.push(repaired(snapshot));
    else rejected.push({ id: snapshot.id, reason });
  }
  return { accepted, rejected };
}

/** Why the platform would refuse it, or undefined. */
function refusalOf(snapshot: SpanSnapshot): string | undefined {
  return idRefusal("trace id", snapshot.traceId) ?? idRefusal("span id", snapshot.id) ?? timeRefusal(snapshot);
}

function idRefusal(what: string, id: string): string | undefined {
  if (typeof id !== "string" || id === "") return `the ${what} is empty`;
  if (id.includes("\0")) return `the ${what} holds a NUL`;
  return isIdTooLong(id) ? `the ${what} is longer than ${MAX_ID_BYTES} bytes` : undefined;
}

function timeRefusal(snapshot: SpanSnapshot): string | undefined {
  if (parseTimestamp(snapshot.startTime) === undefined) return "the start time is not a time";
  const hasBadEnd = snapshot.endTime !== undefined && parseTimestamp(snapshot.endTime) === undefined;
  return hasBadEnd ? "the end time is not a time" : undefined;
}

/**
 * A parent that can't be named is left out (the span becomes a root), an end before the start becomes the start:
 * the span is worth more than the field.
 */
function repaired(snapshot: SpanSnapshot): SpanSnapshot {
  const { parentId, startTime, endTime } = snapshot;
  const hasBadParent = parentId !== undefined && idRefusal("parent id", parentId) !== undefined;
  const endsBeforeStart = endTime !== undefined && parseTimestamp(endTime)! < parseTimestamp(startTime)!;
  const taskId = snapshot.taskId?.includes("\0") === true ? snapshot.taskId.replaceAll("\0", "\ufffd") : undefined;
  if (!hasBadParent && !endsBeforeStart && taskId === undefined) return snapshot;
  const { parentId: _parent, ...withoutParent } = snapshot;
  return {
    ...(hasBadParent ? withoutParent : snapshot),
    ...(endsBeforeStart ? { endTime: startTime } : {}),
    ...(taskId === undefined ? {} : { taskId }),
  };
}

/** Most ids are short: no need to count their bytes. */
function isIdTooLong(id: string): boolean {
  return id.length > MAX_ID_BYTES || (id.length * 3 > MAX_ID_BYTES && Buffer.byteLength(id) > MAX_ID_BYTES);
}
