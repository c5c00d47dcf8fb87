/** Which parts a span has, in the order in which they are read. */
import type { StoredSpan } from "@everspan/protocol";

export type InspectorPart = "error" | "input" | "output" | "data" | "raw";

export const PART_WORDS: Readonly<Record<InspectorPart, string>> = {
  error: "Error",
  input: "Input",
  output: "Output",
  data: "Attributes",
  raw: "Raw",
};

export function inspectorParts(span: StoredSpan): readonly InspectorPart[] {
  return [
    ...(span.error === undefined ? [] : (["error"] as const)),
    "input",
    "output",
    ...(span.data === undefined || span.data === null ? [] : (["data"] as const)),
    "raw",
  ];
}
