/**
 * What Scale GenAI Platform is known to refuse, found before it is sent: one bad span makes it refuse the whole
 * batch. Payloads that are no objects are wrapped by the codec; what no repair can save is rejected here, by id.
 */
import { MAX_ID_BYTES, parseTimestamp, type SpanSnapshot } from "@everspan/protocol";
import type { RejectedSpan } from "../../contract/export-outcome.ts";

/** The snapshot, repaired where it needs it; undefined for one that would be refused, which is added to `rejected`. */
export function checkForSgp(snapshot: SpanSnapshot, rejected: RejectedSpan[]): SpanSnapshot | undefined {
  const hasGoodTimes = areTimesGood(snapshot);
  const reason = idsRefusal(snapshot) ?? (hasGoodTimes ? undefined : timeRefusal(snapshot));
  if (reason === undefined) return repaired(snapshot, hasGoodTimes);
  rejected.push({ id: snapshot.id, reason });
  return undefined;
}

function idsRefusal({ traceId, id }: SpanSnapshot): string | undefined {
  return idRefusal("trace id", traceId) ?? idRefusal("span id", id);
}

function idRefusal(what: string, id: string): string | undefined {
  if (typeof id !== "string" || id === "") return `the ${what} is empty`;
  if (id.includes("\0")) return `the ${what} holds a NUL`;
  return isIdTooLong(id) ? `the ${what} is longer than ${MAX_ID_BYTES} bytes` : undefined;
}

function timeRefusal({ startTime, endTime }: SpanSnapshot): string | undefined {
  if (parseTimestamp(startTime) === undefined) return "the start time is not a time";
  const hasBadEnd = endTime !== undefined && parseTimestamp(endTime) === undefined;
  return hasBadEnd ? "the end time is not a time" : undefined;
}

/** An instant as the tracer writes it, in the centuries that a double holds to the microsecond. */
const OWN_SPELLING =
  /^(?:1[7-9]|2[01])\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

/** In the tracer's own spelling text order is time order: no need to parse, which costs more than all other checks. */
function areTimesGood({ startTime, endTime }: SpanSnapshot): boolean {
  if (!OWN_SPELLING.test(startTime)) return false;
  return endTime === undefined || (endTime >= startTime && OWN_SPELLING.test(endTime));
}

/**
 * A parent that can't be named is left out (the span becomes a root), an end before the start becomes the start:
 * the span is worth more than the field.
 */
function repaired(snapshot: SpanSnapshot, areTimesGood: boolean): SpanSnapshot {
  const { parentId, startTime, endTime } = snapshot;
  const hasBadParent = parentId !== undefined && idRefusal("parent id", parentId) !== undefined;
  const endsBeforeStart =
    !areTimesGood && endTime !== undefined && parseTimestamp(endTime)! < parseTimestamp(startTime)!;
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
