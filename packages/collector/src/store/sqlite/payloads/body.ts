/**
 * A span's payloads as one text, the body. Bodies lie in frames of their own, so the rows of spans stay small, and what
 * the spans of a trace have in common is compressed. A row names its body by a number, and by five bits which payloads
 * it has: so what is lost with a damaged frame is still known.
 */
import { columnBytes } from "../../payload-blobs.ts";
import { MissingBlobError } from "./frame-codec.ts";

const PARTS = ["error", "obs", "input", "output", "data"] as const;

/** Columns of a span's payloads: JSON texts with references, see `payload-blobs.ts`. */
export type Body = Record<(typeof PARTS)[number], string | null>;

/** Stands nowhere in JSON, where control characters are escaped. */
const SEPARATOR = "\u0003";
const BITS = 2 ** PARTS.length;

/** In the place of a payload that was lost with its frame. */
export const LOST = "\u0004";

const NONE: Body = { error: null, obs: null, input: null, output: null, data: null };

/** The row's column. @param put keeps the text, and gives its number in the trace */
export function toBody(body: Body, put: (text: string) => number): number | null {
  const { error, obs, input, output, data } = body;
  const columns = [error, obs, input, output, data];
  let bits = 0;
  let text = "";
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    if (column === null) continue;
    text += bits === 0 ? column : SEPARATOR + column;
    bits |= 1 << index;
  }
  return bits === 0 ? null : put(text) * BITS + bits;
}

/** The number of the body that a row names. */
export function bodyNumber(column: number): number {
  return Math.floor(column / BITS);
}

/** Which payloads the row has, as a number. */
export function bodyParts(column: number): number {
  return column % BITS;
}

/** Whether the body has what names another tracer's span, which nobody searches for. */
export function hasObs(column: number): boolean {
  return (bodyParts(column) & (1 << PARTS.indexOf("obs"))) !== 0;
}

export function readBody(column: number | null, bodyOf: (number: number) => string): Body {
  if (column === null) return NONE;
  const columns = textsOf(bodyNumber(column), bodyOf);
  const parts = bodyParts(column);
  const body: Body = { error: null, obs: null, input: null, output: null, data: null };
  let at = 0;
  for (let index = 0; index < PARTS.length; index++) {
    if ((parts & (1 << index)) !== 0) body[PARTS[index]!] = columns?.[at++] ?? LOST;
  }
  return body;
}

/** Size of all payloads with everything put back, in bytes. */
export function bodyBytes(column: number | null, bodyOf: (number: number) => string): number {
  let bytes = 0;
  for (const part of Object.values(readBody(column, bodyOf))) {
    if (part !== null && part !== LOST) bytes += columnBytes(part);
  }
  return bytes;
}

function textsOf(number: number, bodyOf: (number: number) => string): string[] | undefined {
  try {
    return bodyOf(number).split(SEPARATOR);
  } catch (error) {
    if (error instanceof MissingBlobError) return undefined;
    throw error;
  }
}
