/**
 * Blobs that refer to each other by name. No collector numbers the blobs of a trace for the others, so a reference holds
 * the 128 bits of the content's name, in decimal digits where the embedded store has a number of the trace's.
 */
import { columnText } from "../payload-blobs.ts";

/** Content by name; undefined when it is lost. */
export type NamedContents = ReadonlyMap<string, string>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sign of a reference, see `payload-blobs.ts`
const REFERENCES = /\u0001(\d+)/g;

export function namesIn(text: string): string[] {
  return Array.from(text.matchAll(REFERENCES), ([, name]) => name!);
}

/** The JSON text of a stored payload; undefined when a part of it is lost. */
export function joinNamed(column: string, contents: NamedContents): string | undefined {
  let isLost = false as boolean;
  const join = (text: string): string =>
    text.replace(REFERENCES, (_reference, name: string) => {
      const content = contents.get(name);
      isLost ||= content === undefined;
      return content === undefined ? "null" : join(content);
    });
  const joined = join(columnText(column));
  return isLost ? undefined : joined;
}
