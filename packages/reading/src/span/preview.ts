import { headOf } from "@everspan/protocol";

/** Length of a preview, in UTF-16 code units. */
export const MAX_PREVIEW_LENGTH = 200;

/** Most texts have single spaces alone: in them there is nothing to join. */
const TO_JOIN = /\s\s|[^\S ]/;

/** The beginning of a text on one line, for lists and rows: at most 200 characters, never half a character. */
export function previewOf(text: string): string {
  const head = headOf(text, 4 * MAX_PREVIEW_LENGTH);
  const line = (TO_JOIN.test(head) ? head.replace(/\s+/g, " ") : head).trim();
  return line.length <= MAX_PREVIEW_LENGTH ? line : `${headOf(line, MAX_PREVIEW_LENGTH - 1)}…`;
}
