/**
 * Draws a trace as text: indentation is the tree, so a test's reader sees the case before the first assertion.
 *
 *     run          AGENT_WORKFLOW 0-1000
 *       think      COMPLETION     10-300
 *       ls         CODE_EXECUTION 310-400 ERROR
 *
 * A line is name, type, start-end in milliseconds (`310-` still runs), status. A span's id is its name.
 */
import { formatTimestamp, type SpanStatus, type SpanType, type StoredSpan } from "@everspan/protocol";

/** 2026-01-31T12:00:00Z */
export const DRAWN_START_MS = 1_769_860_800_000;

const LINE = /^(\s*)(\S+)\s+([A-Z_]+)\s+(\d+)-(\d*)(?:\s+(OK|ERROR|CANCELED))?$/;

/** @param extra what a span has besides, by its id */
export function drawTrace(drawing: string, extra: Readonly<Record<string, Partial<StoredSpan>>> = {}): StoredSpan[] {
  const ancestors: { indent: number; id: string }[] = [];
  return drawing
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const match = LINE.exec(line);
      if (match === null) throw new Error(`not a line of a drawn trace: ${line}`);
      const [, indentation, id, type, start, end, status = "OK"] = match;
      const indent = indentation!.length;
      while ((ancestors.at(-1)?.indent ?? -1) >= indent) ancestors.pop();
      const parentId = ancestors.at(-1)?.id;
      ancestors.push({ indent, id: id! });
      return {
        ...spanAt(id!, Number(start), end === "" ? undefined : Number(end)),
        type: type as SpanType,
        status: status as SpanStatus,
        ...(parentId === undefined ? {} : { parentId }),
        ...extra[id!],
      };
    });
}

/** A span with nothing but a name and times, in milliseconds after the drawn start. */
export function spanAt(id: string, startMs: number, endMs: number | undefined): StoredSpan {
  return {
    phase: endMs === undefined ? "started" : "ended",
    revision: 1,
    traceId: "drawn",
    id,
    name: id,
    type: "STANDALONE",
    startTime: timestamp(startMs),
    ...(endMs === undefined ? {} : { endTime: timestamp(endMs), durationMs: endMs - startMs }),
    status: "OK",
  };
}

function timestamp(offsetMs: number): string {
  return formatTimestamp(Math.round((DRAWN_START_MS + offsetMs) * 1000));
}
