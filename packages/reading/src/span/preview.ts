import { headOf } from "@everspan/protocol";

/** Length of a preview, in UTF-16 code units. */
export const MAX_PREVIEW_LENGTH = 200;

/** The beginning of a text on one line, for lists and rows: at most 200 characters, never half a character. */
export function previewOf(text: string): string {
  const line = headOf(text, 4 * MAX_PREVIEW_LENGTH)
    .replace(/\s+/g, " ")
    .trim();
  return line.length <= MAX_PREVIEW_LENGTH ? line : `${headOf(line, MAX_PREVIEW_LENGTH - 1)}…`;
}
