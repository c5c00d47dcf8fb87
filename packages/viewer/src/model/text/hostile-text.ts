/**
 * Everything in a trace is hostile text: it may hold characters that reorder or hide what is read (bidirectional
 * controls, zero-width characters, invisible tag characters, terminal escapes). They are spelled out, so that what is
 * seen is what is there. Copying always copies the original.
 */

// Not the zero-width joiner U+200D: emoji are made with it.
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** @returns the same string when there is nothing to show */
export function exposeHidden(text: string): string {
  HIDDEN.lastIndex = 0;
  return HIDDEN.test(text) ? text.replace(HIDDEN, nameOf) : text;
}

function nameOf(character: string): string {
  const code = character.codePointAt(0)!;
  return `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
}

/** For one line of a list: line breaks and tabs become spaces, and the length is bounded. */
export function singleLine(text: string, maxLength = 300): string {
  const head = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return exposeHidden(head.replace(/\s+/g, " "));
}
