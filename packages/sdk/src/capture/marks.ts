/**
 * The text that stands for what JSON has no value for, and for what was cut: `[Kind]` or `[Kind: detail]`.
 * `docs/formats/captured-values.md` is the table. Every function here is total.
 */
import { headOf } from "@everspan/protocol";
import { wellFormed } from "./well-formed.ts";

export const UNREADABLE = "[Unreadable]";
export const UNDEFINED = "[undefined]";

/** The name of the property that says that an object was cut, and how the entries of a Map or Set are named. */
export const TRUNCATED_KEY = "[Truncated]";
export const MAP_KEY = "[Map]";
export const SET_KEY = "[Set]";

const MAX_DETAIL = 256;
/** What is kept of a string that is too long. */
const HEAD_CHARACTERS = 1024;
/** Reading one character of a string built by concatenation copies all of it, so of longer ones no head is kept. */
const MAX_TOUCHED_CHARACTERS = 32 * 1024 * 1024;
const MAX_DECIMAL_BITS = 1024;
const DECIMAL_LIMIT = 1n << BigInt(MAX_DECIMAL_BITS);

export function mark(kind: string, detail: string): string {
  return `[${kind}: ${shortened(detail)}]`;
}

function shortened(detail: string): string {
  return detail.length > MAX_DETAIL ? `${wellFormedHead(detail, MAX_DETAIL)}…` : detail;
}

export function truncated(detail: string): string {
  return `[Truncated: ${detail}]`;
}

/** The head of a string that is too long, and how long it was: longer than the text where parts of it were cut before. */
export function cutText(text: string, headCharacters = HEAD_CHARACTERS, characters = text.length): string {
  const size = truncated(`${characters} characters`);
  return text.length > MAX_TOUCHED_CHARACTERS ? size : `${wellFormedHead(text, headCharacters)}… ${size}`;
}

const BASE64_SAMPLES = 64;

/** An image, a document, a recording: told by its data address, or by characters taken here and there. */
export function isEncodedBinary(text: string): boolean {
  if (text.length > MAX_TOUCHED_CHARACTERS) return false;
  if (/^data:[\w/+.-]{0,100};base64,/.test(text.slice(0, 128))) return true;
  const stride = Math.max(1, Math.floor(text.length / BASE64_SAMPLES));
  for (let i = 0; i < text.length; i += stride) if (!/[\w+/=-]/.test(text.charAt(i))) return false;
  return true;
}

export function wellFormedHead(text: string, characters: number): string {
  return wellFormed(headOf(text, characters));
}

/** NaN, the infinities and -0: JSON would make them null and 0. */
export function markNumber(value: number): string {
  return mark("Number", Object.is(value, -0) ? "-0" : String(value));
}

/** A bigint, a symbol, a function or `undefined`. */
export function markNonJson(value: unknown): string {
  if (typeof value === "symbol") return mark("Symbol", value.description ?? "");
  if (typeof value === "function") return markFunction(value);
  return typeof value === "bigint" ? markBigInt(value) : UNDEFINED;
}

function markFunction({ name }: { readonly name: unknown }): string {
  return typeof name === "string" && name !== "" ? mark("Function", name) : "[Function]";
}

function markBigInt(value: bigint): string {
  return value >= DECIMAL_LIMIT || value <= -DECIMAL_LIMIT
    ? truncated(`BigInt of more than ${MAX_DECIMAL_BITS} bits`)
    : `[BigInt: ${value}]`;
}

/** What a getter or `toJSON` threw. */
export function markThrown(error: unknown): string {
  return mark("Threw", thrownMessage(error));
}

function thrownMessage(error: unknown): string {
  try {
    const message =
      typeof error === "object" && error !== null ? (error as { message?: unknown }).message : String(error);
    return typeof message === "string" ? message : "a value without a message";
  } catch {
    return "a value that can't be read";
  }
}

/** @param path names from the payload's root (`~`) to the container that the value refers back to */
export function markCircular(path: readonly (string | number)[]): string {
  let text = "~";
  for (const name of path) text += pathStep(String(name));
  return `[Circular ${shortened(text)}]`;
}

function pathStep(name: string): string {
  if (/^\d{1,15}$/.test(name)) return `[${name}]`;
  return /^[A-Za-z_$][\w$]{0,127}$/.test(name) ? `.${name}` : `[${JSON.stringify(headOf(name, 64))}]`;
}

const HEAD_BYTES = 32;

/** Binary data by its length and its first bytes. */
export function markBytes(kind: string, bytes: Uint8Array): string {
  let hex = "";
  for (let i = 0; i < bytes.length && i < HEAD_BYTES; i++) hex += bytes[i]!.toString(16).padStart(2, "0");
  const more = bytes.length > HEAD_BYTES ? "…" : "";
  return `[${kind}: ${bytes.length} bytes${hex === "" ? "" : ` ${hex}${more}`}]`;
}
