/** Most texts have none: for them there is nothing to make equal but cases. */
const BEYOND_ASCII = /[\u0080-\uffff]/;

/** One spelling for search: compatibility forms and cases made equal. */
export function foldText(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  return text.normalize("NFKC").toLowerCase().normalize("NFKC");
}

/** Scripts that are written without spaces: each of their characters is a word of its own. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

export function spaced(text: string): string {
  return BEYOND_ASCII.test(text) ? text.replace(UNSPACED, " $& ") : text;
}

/** Whether a word is one character of such a script: no longer word begins with it. */
export function isUnspaced(word: string): boolean {
  return spaced(word) !== word;
}

/** Letters and digits, as FTS5's unicode61 cuts them. */
export function wordsOf(text: string): string[] {
  return spaced(text).match(/[\p{L}\p{N}\p{Co}\p{M}]+/gu) ?? [];
}
