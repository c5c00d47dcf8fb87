/**
 * JSON numbers that no double holds: 64-bit ids, 1e400, -0, decimals longer than a double's. `JSON.parse` would round them
 * in silence, so the collector keeps them as the text that was sent until somebody computes with them.
 *
 * In memory such a number is a `String` object, which `JSON.parse` never makes and which survives a structured clone. Code
 * that does not know of it sees no number, no string and no container; `JSON.stringify` writes its digits as a string,
 * and `encodeJson` as the number that they are. `json-numbers.ts` reads and writes them.
 */
export type NumberText = string & InstanceType<typeof String>;

export function isNumberText(value: unknown): value is NumberText {
  return value instanceof String;
}

/** A number for computing, rounded as doubles are; undefined for what is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return isNumberText(value) ? Number(value) : undefined;
}
