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
  let result = "";
  for (let from = 0, to = 0; from < json.length; from = to) {
    to = endOfPiece(json, from);
    result += withoutEscapes(json.slice(from, to));
  }
  return result;
}

/** Characters that are looked at in one step: what replaces keeps some dozens of bytes for each match until its end. */
const PIECE_CHARACTERS = 16 * 1024;

/** No escape lies across it. */
function endOfPiece(json: string, from: number): number {
  const piece = json.slice(from, from + PIECE_CHARACTERS);
  let end = 0;
  for (let at = piece.indexOf("\\"); at !== -1; at = piece.indexOf("\\", end)) {
    end = at + (json[from + at + 1] === "u" ? 6 : 2);
  }
  return from + Math.max(end, piece.length);
}

function withoutEscapes(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_escape, hex: string | undefined, character: string) =>
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
