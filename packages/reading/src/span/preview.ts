/** Length of a preview, in UTF-16 code units. */
export const MAX_PREVIEW_LENGTH = 200;

/** The beginning of a text on one line, for lists and rows: at most 200 characters, never half a character. */
export function previewOf(text: string): string {
  const line = text
    .slice(0, 4 * MAX_PREVIEW_LENGTH)
    .replace(/\s+/g, " ")
    .trim();
  if (line.length <= MAX_PREVIEW_LENGTH) return line;
  const cut = line.slice(0, MAX_PREVIEW_LENGTH - 1);
  const last = cut.charCodeAt(cut.length - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return `${isHalf ? cut.slice(0, -1) : cut}…`;
}
