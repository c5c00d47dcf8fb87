/** The words of payloads as a person reads them, and what of a query stands in them. */
import { type Found, findPart } from "./text-query.ts";

/** A text of a span, and where it stands. */
export interface PlacedText {
  readonly place: "name" | "input" | "output" | "data" | "error";
  readonly text: string;
}

export type PlacedFound = Found & Pick<PlacedText, "place">;

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: " ", f: " " };

/** JSON text as a person reads it: its escapes undone, its structure left. */
export function plainText(json: string): string {
  if (!json.includes("\\")) return json;
  return json.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_escape, hex: string | undefined, character: string) =>
    hex === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Every part stands in one of the texts; the first part's place is shown. */
export function findAll(texts: readonly PlacedText[], parts: readonly string[]): PlacedFound | undefined {
  let first: PlacedFound | undefined;
  for (const part of parts) {
    let found: PlacedFound | undefined;
    for (const { place, text } of texts) {
      const at = findPart(text, part);
      if (at === undefined) continue;
      found = { ...at, place };
      break;
    }
    if (found === undefined) return undefined;
    first ??= found;
  }
  return first;
}
