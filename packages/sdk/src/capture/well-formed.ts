/**
 * Where lone surrogates end: half of a UTF-16 pair has no UTF-8 form, so it becomes U+FFFD. Names and keys are made
 * well-formed when they are captured (they are short), values when they are materialised (`toJson`): looking at each
 * character of a prompt costs too much on the caller's path.
 */
interface UnicodeString {
  isWellFormed(): boolean;
  toWellFormed(): string;
}

/** The text itself when it is well-formed, else a copy with U+FFFD for each lone surrogate. */
export function wellFormed(text: string): string {
  const unicode = text as unknown as UnicodeString;
  return unicode.isWellFormed() ? text : unicode.toWellFormed();
}
