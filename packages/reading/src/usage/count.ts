import { numberOf } from "@everspan/protocol";

/** Numbers from outside as counts. What is none is unknown, not 0. */

/** A whole number from 0 to 2^53 - 1; larger ones are cut to that, fractions rounded. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,20}$/.test(value) ? Number(value) : numberOf(value);
  if (typeof number !== "number" || !(number >= 0)) return undefined;
  return Math.min(Math.round(number), Number.MAX_SAFE_INTEGER);
}

/** A finite amount of money that is not negative. */
export function amountOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,15}(?:\.\d{1,20})?$/.test(value) ? Number(value) : numberOf(value);
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** The sum of those that are known, at most 2^53 - 1; undefined when none is. */
export function sumOf(...counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  if (known.length === 0) return undefined;
  return Math.min(
    known.reduce((sum, count) => sum + count, 0),
    Number.MAX_SAFE_INTEGER,
  );
}
