/** `Retry-After` in both forms of RFC 9110 section 10.2.3. What a server asks for is a wish within bounds. */

export const MAX_RETRY_AFTER_MS = 60_000;

const SECONDS = /^\d+(?:\.\d+)?$/;
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /i;

/**
 * The wait that the server asks for, from 0 to 60 s; undefined when it asks for none that can be understood. It is
 * never shorter than the lane's own backoff: the lane takes the longer of the two, so 0 makes no hot loop.
 *
 * @param serverDate the answer's `Date` header: a date is then read against the server's clock, not ours
 */
export function retryAfterMs(
  value: string | undefined,
  nowEpochMs: number,
  serverDate?: string | undefined,
): number | undefined {
  const text = value?.trim() ?? "";
  if (SECONDS.test(text)) return clamp(Number(text) * 1000);
  if (!HTTP_DATE.test(text)) return undefined;
  const until = Date.parse(text);
  if (Number.isNaN(until)) return undefined;
  const serverNow = serverDate === undefined ? Number.NaN : Date.parse(serverDate);
  return clamp(until - (Number.isNaN(serverNow) ? nowEpochMs : serverNow));
}

function clamp(ms: number): number {
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(0, Math.ceil(ms)));
}
