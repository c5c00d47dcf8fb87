import { hash128 } from "../../payload/hash128.ts";

/** OTLP's ids are 16 and 8 bytes. Ids of that form pass; a UUID loses its dashes; all others are hashed, always to the same. */

export function otlpTraceId(traceId: string): string {
  const hex = traceId.replaceAll("-", "").toLowerCase();
  return isOtlpId(hex, 32) ? hex : hash128(traceId);
}

export function otlpSpanId(id: string): string {
  return isOtlpId(id, 16) ? id : hash128(id).slice(0, 16);
}

/** Lowercase hex digits, not all zero: zeros mean "no id". */
export function isOtlpId(id: string, digits: 16 | 32): boolean {
  return id.length === digits && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(id);
}
