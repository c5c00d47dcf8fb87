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

/** Characters that are replaced in one step: what replaces keeps some dozens of bytes for each match until its end. */
const PIECE_CHARACTERS = 16 * 1024;

export function spaced(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text;
  let result = "";
  for (let from = 0, to = 0; from < text.length; from = to) {
    to = from + PIECE_CHARACTERS;
    if (isHighSurrogate(text.charCodeAt(to - 1))) to += 1;
    result += text.slice(from, to).replace(UNSPACED, " $& ");
  }
  return result;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** Whether a word is one character of such a script: no longer word begins with it. */
export function isUnspaced(word: string): boolean {
  return spaced(word) !== word;
}

/** Letters and digits, as FTS5's unicode61 cuts them. */
export function wordsOf(text: string): string[] {
  return spaced(text).match(/[\p{L}\p{N}\p{Co}\p{M}]+/gu) ?? [];
}
