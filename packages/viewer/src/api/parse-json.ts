/** JSON with numbers that no double holds is rare and slow to read: the others are read by the browser itself. */
import { parseJsonNumbers } from "@everspan/protocol";

/**
 * A number of sixteen characters or more, with an exponent, or a zero with a sign: all that a double may not hold. Within
 * a string it may stand, too; then only time is lost. A date holds none: `-0` of a month has no start of a value before it.
 */
const UNUSUAL_NUMBER = /(?:^|[[:,\s])-?(?:0(?<=-0)|\d[\d.]{15}|\d[\d.]*[eE])/;

/** @throws SyntaxError as `JSON.parse` */
export function parseJson(text: string): unknown {
  return UNUSUAL_NUMBER.test(text) ? parseJsonNumbers(text) : (JSON.parse(text) as unknown);
}
