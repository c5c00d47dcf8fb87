/** JSON with numbers that no double holds is rare and slow to read: the others are read by the browser itself. */
import { parseJsonNumbers } from "@everspan/protocol";

/**
 * A number of sixteen characters or more, with an exponent, or a zero with a sign: all that a double may not hold. Within
 * a string it may stand, too; then only time is lost.
 */
const UNUSUAL_NUMBER = /(?:^|[[:,\s])-?(?:\d[\d.]{15}|\d[\d.]*[eE])|-0/;

/** @throws SyntaxError as `JSON.parse` */
export function parseJson(text: string): unknown {
  return UNUSUAL_NUMBER.test(text) ? parseJsonNumbers(text) : (JSON.parse(text) as unknown);
}
