/** Ids for spans of sources that number nothing: of their content, so that a second import finds the same spans. */
import { hash128 } from "@everspan/protocol";

/** 16 hex digits. @param parts what makes the span the one that it is, within its trace and beyond */
export function derivedSpanId(...parts: readonly (string | number)[]): string {
  return hash128(JSON.stringify(parts)).slice(0, 16);
}

/** In the form of a UUID. */
export function derivedTraceId(...parts: readonly (string | number)[]): string {
  const hex = hash128(JSON.stringify(parts));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
