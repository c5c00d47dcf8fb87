/** Crockford's digits, of which the first ten of a ULID are its milliseconds since 1970. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_DIGITS = 10;

/** When the ULID was made, in milliseconds; undefined for anything else. */
export function ulidTime(id: string): number | undefined {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i.test(id)) return undefined;
  return [...id.slice(0, TIME_DIGITS).toUpperCase()].reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0);
}
