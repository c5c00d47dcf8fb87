/** OTLP's requests, one or many, as JSON or protobuf; GenAI events among log records join their span. */
import { type DecodedOtlp, decodeOtlpLogsJson, formatTimestamp, fromOtlpJson, fromOtlpProto } from "@everspan/protocol";
import { normalizeSpan } from "@everspan/reading";
import { isGenAiEvent, piecesOfLogs } from "../../dialects/otlp/log-pieces.ts";
import { quoteIntegers } from "../../dialects/otlp/receive-otlp.ts";
import { type ImportFormat, listAt, NOTHING, type UnitSpans } from "../import-format.ts";

const LISTS = ["resourceSpans", "resourceLogs"];

export const otlpJsonFormat: ImportFormat = {
  name: "OTLP JSON",
  looks: '{"resourceSpans": […]}',
  recognises: (value, { under }) =>
    LISTS.some((list) => under === list || (under === undefined && Array.isArray(value[list]))),
  open: () => ({
    hasMemory: false,
    // 64-bit integers may be bare numbers, which keep their digits as text.
    prepare: quoteIntegers,
    read: (value, { under, isEmptied }) => {
      if (isEmptied === true) return NOTHING;
      const request = under === undefined ? value : { [under]: [value] };
      return together(readSpans(request), readLogs(request));
    },
  }),
};

export const otlpProtobufFormat: ImportFormat = {
  name: "OTLP protobuf",
  looks: "the bytes of an ExportTraceServiceRequest",
  recognises: () => false,
  open: () => ({
    hasMemory: false,
    read: (_value, { bytes }) => spansOf(fromOtlpProto(bytes, { normalize: normalizeSpan })),
  }),
};

function readSpans(request: unknown): UnitSpans {
  if (listAt(request, "resourceSpans").length === 0) return NOTHING;
  return spansOf(fromOtlpJson(request, { normalize: normalizeSpan }));
}

function spansOf(decoded: DecodedOtlp): UnitSpans {
  if (!decoded.ok) return { snapshots: [], problems: [decoded.message] };
  const { snapshots, rejectedSpans, errorMessage } = decoded;
  return { snapshots, problems: rejectedSpans > 0 ? [`${rejectedSpans} spans were not taken: ${errorMessage}`] : [] };
}

/** A guessed start is the earliest of all guesses, so a second import does not move it. */
function readLogs(request: unknown): UnitSpans {
  if (listAt(request, "resourceLogs").length === 0) return NOTHING;
  const decoded = decodeOtlpLogsJson(request);
  if (!decoded.ok) return { snapshots: [], problems: [decoded.message] };
  return { snapshots: piecesOfLogs(decoded.records.filter(isGenAiEvent), formatTimestamp(Date.now() * 1000)) };
}

function together(a: UnitSpans, b: UnitSpans): UnitSpans {
  return {
    snapshots: [...a.snapshots, ...b.snapshots],
    problems: [...(a.problems ?? []), ...(b.problems ?? [])],
  };
}
