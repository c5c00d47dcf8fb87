/** Texts of senders in columns. The driver ends a text that is bound to a statement at U+0000. */

const END = "\0";

/** For a text that must come back as it was. */
export function toSqlText(text: string): string | Uint8Array {
  return text.includes(END) ? Buffer.from(text, "utf8") : text;
}

export function fromSqlText(column: string | Uint8Array): string {
  return typeof column === "string" ? column : Buffer.from(column).toString("utf8");
}

/** For a text by which spans are found and counted: it is shown with a sign in the place of what can't be shown. */
export function labelText(text: string): string {
  return text.includes(END) ? text.replaceAll(END, "\ufffd") : text;
}
