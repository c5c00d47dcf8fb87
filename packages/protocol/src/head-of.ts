/**
 * The beginning of a text, at most so many UTF-16 code units of it and never half a surrogate pair at its end.
 *
 * A copy, unless it is the whole text: engines make a slice of the original, and who keeps a slice keeps all of it in
 * memory. What is kept of a longer text goes through here.
 */
export function headOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  // What is parsed shares nothing with the text that it was parsed from.
  return JSON.parse(JSON.stringify(text.slice(0, characters).replace(/[\ud800-\udbff]$/, "")));
}
