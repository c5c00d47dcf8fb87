/**
 * Cuts the long strings of a JSON text to their beginnings, without reading it into values: what is left is JSON, all else
 * of it stands as it was, to the last digit of a number.
 */

/** A string that was cut. */
export interface CutText {
  /** Where it stands: a JSON Pointer (RFC 6901). */
  readonly pointer: string;
  /** How long the whole of it is, in UTF-16 code units. */
  readonly characters: number;
}

export interface CutJson {
  readonly json: string;
  readonly cut: readonly CutText[];
}

/** Tokens, or escapes of one string, between two places where the work may be left. */
const STEP = 4096;

interface Container {
  readonly isArray: boolean;
  /** Of the element that is read; of an object: how many names have been. */
  index: number;
  /** Where the name of the property that is read begins and ends, quotes included; undefined before it. */
  name: readonly [start: number, end: number] | undefined;
}

/** Characters that the places of all that is cut may take: names may be long, and each is told once a text. */
const MAX_PLACES = 1024 * 1024;

/**
 * Yields where it may be left for a while. What would take more room to name than there is for places stays whole.
 * @param json valid JSON @param maxCharacters of a string, as it is written: an escape counts as it is long
 */
export function* cutLongTexts(json: string, maxCharacters: number): Generator<undefined, CutJson> {
  const stack: Container[] = [];
  const pieces: string[] = [];
  const cut: CutText[] = [];
  const backslashes = new Backslashes(json);
  let [copied, places] = [0, 0];
  for (let at = 0, tokens = 0; at < json.length; at++) {
    const within = stack.at(-1);
    switch (json[at]) {
      case '"': {
        const { end, characters } = plainString(json, at, backslashes) ?? (yield* escapedString(json, at, backslashes));
        if (within !== undefined && !within.isArray && within.name === undefined) within.name = [at, end];
        else if (end - at - 2 > maxCharacters && places + placeLength(stack) <= MAX_PLACES) {
          places += placeLength(stack);
          const kept = boundaryBefore(json, at + 1, at + 1 + maxCharacters);
          pieces.push(json.slice(copied, kept));
          copied = end - 1;
          cut.push({ pointer: pointerOf(json, stack), characters });
        }
        at = end - 1;
        if (++tokens % STEP === 0) yield;
        break;
      }
      case "{":
      case "[":
        stack.push({ isArray: json[at] === "[", index: 0, name: undefined });
        break;
      case "}":
      case "]":
        stack.pop();
        break;
      case ",":
        within!.index++;
        within!.name = undefined;
        if (++tokens % STEP === 0) yield;
    }
  }
  if (cut.length === 0) return { json, cut };
  pieces.push(json.slice(copied));
  return { json: pieces.join(""), cut };
}

interface WrittenString {
  /** Behind the quote that ends it. */
  readonly end: number;
  /** In UTF-16 code units, without its quotes and with an escape as the one that it stands for. */
  readonly characters: number;
}

/** A string without an escape, as most are; else undefined. */
function plainString(json: string, start: number, backslashes: Backslashes): WrittenString | undefined {
  const quote = json.indexOf('"', start + 1);
  const isEscaped = quote === -1 || backslashes.from(start + 1) < quote;
  return isEscaped ? undefined : { end: quote + 1, characters: quote - start - 1 };
}

function* escapedString(json: string, start: number, backslashes: Backslashes): Generator<undefined, WrittenString> {
  let quote = json.indexOf('"', start + 1);
  let written = 0;
  let escapes = 0;
  for (let at = backslashes.from(start + 1); at < quote; ) {
    const length = escapeLength(json, at);
    written += length - 1;
    const behind = at + length;
    if (quote < behind) quote = json.indexOf('"', behind);
    at = backslashes.from(behind);
    if (++escapes % STEP === 0) yield;
  }
  if (quote === -1) throw new SyntaxError("a string of the JSON does not end");
  return { end: quote + 1, characters: quote - start - 1 - written };
}

/** Where the next backslash is: asked for in order, so that each part of the text is looked through once. */
class Backslashes {
  readonly #json: string;
  #next = -1;

  constructor(json: string) {
    this.#json = json;
  }

  /** At or behind `start`; infinite when there is none. */
  from(start: number): number {
    if (this.#next < start) {
      const found = this.#json.indexOf("\\", start);
      this.#next = found === -1 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#next;
  }
}

/** The last place up to `end` that stands neither within an escape nor between the halves of a character. */
function boundaryBefore(json: string, start: number, end: number): number {
  // No escape is longer than six, so one that goes beyond the end begins in the last five.
  for (let at = Math.max(start, end - 5); at < end; at++) {
    if (json[at] !== "\\" || isEscaped(json, start, at)) continue;
    if (at + escapeLength(json, at) > end) return boundaryBefore(json, start, at);
    at += escapeLength(json, at) - 1;
  }
  const isHalf = /[\ud800-\udbff]$/.test(json.slice(Math.max(start, end - 1), end));
  if (isHalf) return end - 1;
  const last = end - 6;
  const isEscapedHalf = last >= start && /^\\u[dD][89abAB]/.test(json.slice(last, end));
  return isEscapedHalf && !isEscaped(json, start, last) ? last : end;
}

function isEscaped(json: string, start: number, at: number): boolean {
  let backslashes = 0;
  while (at - 1 - backslashes >= start && json[at - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}

function escapeLength(json: string, at: number): number {
  return json[at + 1] === "u" ? 6 : 2;
}

/** About what its pointer takes, at least. */
function placeLength(stack: readonly Container[]): number {
  return stack.reduce((sum, { name }) => sum + (name === undefined ? 8 : name[1] - name[0]), 0);
}

function pointerOf(json: string, stack: readonly Container[]): string {
  return stack
    .map(({ isArray, index, name }) => {
      if (isArray) return `/${index}`;
      const [start, end] = name!;
      return `/${(JSON.parse(json.slice(start, end)) as string).replaceAll("~", "~0").replaceAll("/", "~1")}`;
    })
    .join("");
}
