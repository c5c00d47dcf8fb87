import { isDeepEqual } from "./is-deep-equal.ts";
import type { JsonRecord } from "./json-record.ts";

/** Both rests as one; where they use one name for two values, the outer one's stands as `outer.NAME`. */
export function mergeRests(inner: JsonRecord | undefined, outer: JsonRecord | undefined): JsonRecord | undefined {
  if (inner === undefined || outer === undefined) return inner ?? outer;
  const merged: Record<string, unknown> = { ...inner };
  for (const [key, value] of Object.entries(outer)) {
    const isFree = !Object.hasOwn(merged, key) || isDeepEqual(merged[key], value);
    merged[isFree ? key : `outer.${key}`] = value;
  }
  return merged;
}
