/** Snapshots as Everspan writes them: the file exporter's lines, `everspan export`, and `GET /api/traces/:id`. */
import { isOmittedPayload, readUnreadSpan, validateSnapshot } from "@everspan/protocol";
import { normalizeSpan } from "@everspan/reading";
import { decodeAll, type ImportFormat, isRecord, type JsonRecord, listAt } from "../import-format.ts";

const isSnapshot = (value: JsonRecord) => "phase" in value && "traceId" in value && "startTime" in value;

export const nativeFormat: ImportFormat = {
  name: "Everspan's own",
  looks: '{"phase", "traceId", "id", "startTime", …}',
  recognises: (value, { under }) => (under === undefined ? isSnapshot(value) || hasSpans(value) : isSnapshot(value)),
  open: () => ({
    hasMemory: false,
    read: (value, { isEmptied }) => {
      // The rest of a trace's response, whose spans came one by one.
      if (isEmptied === true) return { snapshots: [] };
      return decodeAll(
        isRecord(value) && !isSnapshot(value) && hasSpans(value) ? listAt(value, "spans") : [value],
        decode,
      );
    },
  }),
};

function hasSpans(value: JsonRecord): boolean {
  const first = listAt(value, "spans")[0];
  return isRecord(first) && isSnapshot(first);
}

function decode(span: unknown): ReturnType<typeof validateSnapshot> {
  if (isRecord(span)) {
    for (const field of ["input", "output", "data"]) {
      const payload = span[field];
      // What its store had lost can't be got elsewhere: the rest of the span is taken, with the mark that says so.
      if (!isOmittedPayload(payload) || payload.reason === "missing") continue;
      const message = `${field} was left out for its size: get the trace with ?payloads=full, or by everspan export`;
      return { ok: false, status: 422, message };
    }
  }
  const decoded = validateSnapshot(span);
  return decoded.ok ? { ...decoded, snapshot: readUnreadSpan(decoded.snapshot, normalizeSpan) } : decoded;
}
