/** Quantities as short text. Every figure keeps three significant digits; the exact one is for tooltips. */

/** `430 µs`, `12.4 ms`, `1.24 s`, `2m 03s`, `1h 02m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "–";
  if (ms === 0) return "0 ms";
  if (ms < 0.9995) return `${threeDigits(ms * 1000)} µs`;
  if (ms < 999.5) return `${threeDigits(ms)} ms`;
  if (ms < 59_950) return `${threeDigits(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)}d ${hours % 24}h`;
  if (hours > 0) return `${hours}h ${twoDigits(minutes % 60)}m`;
  return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m ${twoDigits(seconds % 60)}s`;
}

/** `999`, `1.24k`, `36.8k`, `1.2M`. */
export function formatCount(count: number): string {
  if (count < 1000) return String(Math.round(count));
  if (count < 999_500) return `${threeDigits(count / 1000)}k`;
  if (count < 999_500_000) return `${threeDigits(count / 1e6)}M`;
  return `${threeDigits(count / 1e9)}B`;
}

/** `12,345`: every digit of a whole number. */
export function formatExactCount(count: number): string {
  return grouped(Math.round(count));
}

/** By hand: the first call of `toLocaleString` costs a page tens of milliseconds. */
function grouped(whole: number): string {
  const digits = String(whole);
  const parts: string[] = [];
  let end = digits.length;
  for (; end > 3 && digits[end - 4] !== "-"; end -= 3) parts.unshift(digits.slice(end - 3, end));
  return [digits.slice(0, end), ...parts].join(",");
}

/** `$0.0042`, `$0.13`, `$12.40`. Costs below a hundredth of a cent are said to be so. */
export function formatCost(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.0001) return "<$0.0001";
  if (usd < 0.01) return `$${usd.toFixed(4)}`;
  if (usd < 1) return `$${usd.toFixed(3)}`;
  return `$${usd < 1000 ? usd.toFixed(2) : grouped(Math.round(usd))}`;
}

/** `512 B`, `1.2 KB`, `3.4 MB` (powers of 1024). */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${threeDigits(value)} ${units[unit]!}`;
}

/** `just now`, `4 min ago`, `3 h ago`, `2 d ago`; for the future `in 4 min` (clocks differ between machines). */
export function formatAgo(atMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - atMs) / 1000);
  if (Number.isNaN(seconds)) return "–";
  const distance = Math.abs(seconds);
  if (distance < 5) return "just now";
  const text = formatDistance(distance);
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

function formatDistance(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  if (seconds < 86_400 * 60) return `${Math.floor(seconds / 86_400)} d`;
  return `${Math.floor(seconds / (86_400 * 30.4))} mo`;
}

/** The reader's own time zone, to the millisecond: `2026-01-31 13:00:00.123`. */
export function formatInstant(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  const d = new Date(ms);
  const day = `${d.getFullYear()}-${twoDigits(d.getMonth() + 1)}-${twoDigits(d.getDate())}`;
  const time = `${twoDigits(d.getHours())}:${twoDigits(d.getMinutes())}:${twoDigits(d.getSeconds())}`;
  return `${day} ${time}.${String(d.getMilliseconds()).padStart(3, "0")}`;
}

/** `14:02:09`, in the reader's own time zone. */
export function formatClock(ms: number): string {
  return Number.isFinite(ms) ? formatInstant(ms).slice(11, 19) : "–";
}

/** `Today`, `Yesterday`, `Wed 21 Jan`, `21 Jan 2025`. */
export function formatDay(ms: number, nowMs: number): string {
  if (!Number.isFinite(ms)) return "No time";
  const day = new Date(ms);
  const today = new Date(nowMs);
  const dayNumber = (date: Date) =>
    Math.round(new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime() / 864e5);
  const ago = dayNumber(today) - dayNumber(day);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  const date = `${day.getDate()} ${MONTHS[day.getMonth()]!}`;
  return day.getFullYear() === today.getFullYear()
    ? `${WEEKDAYS[day.getDay()]!} ${date}`
    : `${date} ${day.getFullYear()}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `1 span`, `2 spans`. */
export function plural(count: number, noun: string): string {
  return `${formatExactCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
